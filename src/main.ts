/** The command line: start, migrate, verify, keys, sessions, stores, demo. */
import { readFileSync } from 'node:fs'
import { runCommandLine } from './cli/program.ts'

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string }

process.exitCode = await runCommandLine(process.argv.slice(2), version)
