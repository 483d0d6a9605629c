/** All commands with their options and help; each one's work stands in a file of its own. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { KINDS, LOCALES, MODES } from '../csv/columns.ts'
import { DELIMITERS } from '../csv/dialect.ts'
import { DatabaseError } from '../database.ts'
import { RESOURCES, type Resource } from '../ledger/credentials.ts'
import { DistributionError } from '../ledger/distribution.ts'
import { EmbeddedPostgresError } from '../postgres/embedded.ts'
import { MigrationError } from '../postgres/migrate.ts'
import { ROLES } from '../users/roles.ts'
import { CommandError } from './command-error.ts'
import { demo } from './demo.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { createKeyCommand, listKeysCommand, revokeKeyCommand } from './keys.ts'
import { createSessionCommand, revokeSessionsCommand } from './sessions.ts'
import { start } from './start.ts'
import { createStoreCommand, listStoresCommand } from './stores.ts'
import { migrateCommand, verifyCommand } from './upkeep.ts'
import { addUserCommand, listUsersCommand, resetPasswordCommand } from './users.ts'

const EXPECTED = [
  ConfigError,
  CommandError,
  DatabaseError,
  DistributionError,
  EmbeddedPostgresError,
  MigrationError,
]

/** Runs one command and answers the exit code; expected failures are one line on stderr. */
export async function runCommandLine(args: readonly string[], version: string): Promise<number> {
  try {
    return await run(args, version)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (!EXPECTED.some((kind) => error instanceof kind)) throw error
    process.stderr.write(`fiado: ${(error as Error).message}\n`)
    return 1
  }
}

async function run(args: readonly string[], version: string): Promise<number> {
  let code = 0
  const doing =
    <A extends unknown[]>(work: (config: Config, ...given: A) => Promise<number | undefined>) =>
    async (...given: A): Promise<void> => {
      code = (await work(readConfig(process.env), ...given)) ?? 0
    }

  const program = new Command('fiado')
    .description('The credit line a store gives its trusted buyers.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')

  program
    .command('start')
    .description('Start the server (settings come from the environment; see docs/operations.md).')
    .action(doing((config) => start(config, version)))

  program
    .command('migrate')
    .description('Bring the database to the newest schema.')
    .option('--distribute', 'then shard it by account over the machines of Citus (docs/scale.md)')
    .action(doing((config, options: { distribute?: true }) => migrateCommand(config, options)))

  program
    .command('verify')
    .description('Recompute every total from the ledger; exit 1 on drift.')
    .option('--store <name>', 'only this store')
    .action(doing((config, options: { store?: string }) => verifyCommand(config, options)))

  const keys = program.command('keys').description('API keys of a store.')
  keys
    .command('create')
    .description('Create a key; its token is shown this once.')
    .option('--store <name>', 'the store (default: FIADO_STORE)')
    .option('--label <text>', 'what the key is for', '')
    .option('--rate <n>', 'most requests a second (default: no limit)', positive)
    .addOption(resourceOption())
    .action(doing(createKeyCommand))
  keys.command('list').description('List all keys.').action(doing(listKeysCommand))
  keys
    .command('revoke')
    .description('End a key for good.')
    .argument('<key>', 'the X-VTEX-API-AppKey')
    .action(doing((config, key: string) => revokeKeyCommand(config, key)))

  const sessions = program.command('sessions').description('Session tokens of people.')
  sessions
    .command('create')
    .description('Open a session; its token (VtexIdclientAutCookie) is shown this once.')
    .requiredOption('--email <address>', 'whose session it is; the ledger records it')
    .option('--store <name>', 'the store (default: FIADO_STORE)')
    .option('--hours <n>', 'how long it lasts', positive, 24)
    .addOption(resourceOption())
    .action(doing(createSessionCommand))
  sessions
    .command('revoke')
    .description('End all sessions of an e-mail.')
    .argument('<email>')
    .action(doing((config, email: string) => revokeSessionsCommand(config, email)))

  const users = program.command('users').description('People of a store who sign in.')
  users
    .command('add')
    .description('Create a user; the one-time password is shown this once.')
    .requiredOption('--email <address>', 'what the user signs in with')
    .option('--name <text>', 'what the user is called (default: the e-mail)')
    .addOption(
      new Option('--role <name>', 'what the user may do').choices(ROLES).makeOptionMandatory(),
    )
    .option('--store <name>', 'the store (default: FIADO_STORE)')
    .action(doing(addUserCommand))
  users.command('list').description('List all users.').action(doing(listUsersCommand))
  users
    .command('reset-password')
    .description('Give a user a new one-time password, which is shown this once.')
    .argument('<email>')
    .option('--store <name>', 'the store (default: FIADO_STORE)')
    .action(doing(resetPasswordCommand))

  const stores = program.command('stores').description('Stores.')
  stores
    .command('create')
    .description('Create a store.')
    .argument('<name>', 'a–z, 0–9 and hyphens')
    .option('--currency <code>', 'ISO 4217 (default: FIADO_CURRENCY)')
    .option('--time-zone <name>', 'IANA time zone (default: FIADO_TIME_ZONE)')
    .action(doing(createStoreCommand))
  stores.command('list').description('List all stores.').action(doing(listStoresCommand))

  program
    .command('demo')
    .description('Fill a store with believable data, through the ledger.')
    .option('--store <name>', 'the store (default: FIADO_STORE)')
    .option('--accounts <n>', 'how many accounts', positive, 200)
    .action(doing(demo))

  program
    .command('import')
    .description('Import a CSV file of accounts or invoices; exit 1 where rows failed.')
    .argument('<file>')
    .addOption(kindOption())
    .addOption(
      new Option('--mode <mode>', 'of accounts: only open, only change, or both')
        .choices(MODES)
        .default('upsert'),
    )
    .option('--dry-run', 'say what every row would do, and write nothing')
    .addOption(new Option('--locale <locale>', 'how 1.234 is meant').choices(LOCALES))
    .option('--errors <file>', 'write the rows that failed, each with its error')
    .option('--store <name>', 'the store (default: FIADO_STORE)')
    .action(doing(importCommand))

  program
    .command('export')
    .description('Export accounts or invoices as CSV.')
    .addOption(kindOption())
    .option('--out <file>', 'where to (default: standard output)')
    .addOption(
      new Option('--locale <locale>', 'language of headers, states and decimals').choices(LOCALES),
    )
    .addOption(new Option('--delimiter <mark>').choices(DELIMITERS))
    .option('--filter <name=value...>', 'as in the search of the API: status=Overdue')
    .option('--store <name>', 'the store (default: FIADO_STORE)')
    .action(doing(exportCommand))

  await program.parseAsync(args as string[], { from: 'user' })
  return code
}

function kindOption(): Option {
  return new Option('--kind <kind>', 'what the file is about').choices(KINDS).makeOptionMandatory()
}

function resourceOption(): Option {
  return new Option(
    '--resource <name>',
    `what it may use, repeatable: ${RESOURCES.join(', ')} (default: Main Access, which is all)`,
  ).argParser((name: string, previous: Resource[] | undefined) => {
    const known = RESOURCES.find((resource) => resource.toLowerCase() === name.toLowerCase())
    if (!known) throw new InvalidArgumentError(`It must be one of: ${RESOURCES.join(', ')}.`)
    return [...(previous ?? []), known]
  })
}

function positive(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (value < 1) throw new InvalidArgumentError('It must be a whole number from 1 to 999999.')
  return value
}
