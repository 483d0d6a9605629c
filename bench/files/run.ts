/** node bench/files/run.ts [--quick] [--rounds 3] [--json] [-- flags of Node]: bulk files alone. */
import { parseArgs } from 'node:util'
import { print, printTable, tell } from '../../src/cli/with-database.ts'
import { openLab } from '../lab.ts'
import { FULL, measureFiles, QUICK } from './measure.ts'
import { filesReport, filesSummary } from './report.ts'

const { values, positionals: nodeFlags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const sizes = values.quick ? QUICK : FULL
const rounds = Number(values.rounds ?? sizes.rounds)
const lab = await openLab(tell)
try {
  const figures = await measureFiles({ ...sizes, rounds, lab, log: tell, nodeFlags })
  const { head, rows, notes } = filesReport(figures)
  printTable(head, rows)
  for (const note of notes) print(note)
  if (values.json) print(JSON.stringify(filesSummary(figures)))
} finally {
  await lab.close()
}
