/** node bench/scale/run.ts [--small 10000] [--large 1000000] [--rounds 15] [--json] */
import { parseArgs } from 'node:util'
import { print, printTable, tell } from '../../src/cli/with-database.ts'
import { joinEmbedded } from '../../src/postgres/embedded.ts'
import { growth } from './growth.ts'
import { growthReport } from './report.ts'

const { values } = parseArgs({
  options: {
    small: { type: 'string', default: '10000' },
    large: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
  },
})
const { DATABASE_URL, FIADO_BENCH_DIR = './data/bench' } = process.env
const embedded = DATABASE_URL
  ? undefined
  : await joinEmbedded({ dataDir: FIADO_BENCH_DIR, log: tell })
try {
  const result = await growth({
    adminUrl: DATABASE_URL ?? (embedded?.url as string),
    small: Number(values.small),
    large: Number(values.large),
    rounds: Number(values.rounds),
    log: tell,
  })
  if (values.json) print(JSON.stringify(result, null, 2))
  else {
    const { notes, head, rows } = growthReport(result)
    for (const note of notes) print(note)
    printTable(head, rows)
  }
} finally {
  await embedded?.stop()
}
