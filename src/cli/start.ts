/** start: everything up, until a signal ends it in order. */
import { serveByWorkers } from '../cluster.ts'
import type { Config } from '../config.ts'
import { explained, openDatabase } from '../database.ts'
import { CONNECTIONS_A_PROCESS, type Running, serve } from '../serve.ts'
import { type FirstAdministrator, type FirstKey, type SetUp, setUp } from '../setup.ts'
import { CommandError } from './command-error.ts'
import { print, tell } from './with-database.ts'

/** Answers the exit code once the server has stopped. */
export async function start(config: Config, version: string): Promise<number> {
  const stopped = nextSignal()
  const database = await openDatabase(config, tell, config.processes * CONNECTIONS_A_PROCESS)
  try {
    const { url: databaseUrl } = database
    const done = await setUp(databaseUrl, config, Date.now()).catch((error: unknown) => {
      throw explained(error, database.label)
    })
    const running = await listen(config, databaseUrl, version)
    greet(config, running, done, version, database.label)
    await stopped
    await running.stop()
    return 0
  } finally {
    await database.close()
  }
}

const CANNOT_LISTEN = new Set(['EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'])

async function listen(config: Config, databaseUrl: string, version: string): Promise<Running> {
  try {
    if (config.processes === 1) return await serve({ config, databaseUrl, version, now: Date.now })
    return await serveByWorkers({ config, databaseUrl, version, log: tell })
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'EADDRINUSE') {
      throw new CommandError(`Port ${config.port} is in use: set PORT to another one`)
    }
    if (code && CANNOT_LISTEN.has(code)) {
      throw new CommandError(`Cannot listen on ${config.host}:${config.port}: set HOST or PORT`)
    }
    throw error
  }
}

/** Signals this close together are one: npm, the terminal and a service manager each send theirs. */
const SAME_SIGNAL_MS = 1_000

/** The first signal asks for an orderly end; a second one ends at once. */
function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    const onSignal = (): void => {
      const now = performance.now()
      if (firstAt === undefined) {
        firstAt = now
        tell('Stopping: requests in flight are finished (a second signal ends at once)')
        resolve()
      } else if (now - firstAt > SAME_SIGNAL_MS) process.exit(130)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  })
}

function greet(
  config: Config,
  { url }: Running,
  { stores, firstKey, firstAdministrator, notices }: SetUp,
  version: string,
  label: string,
): void {
  const names = stores.map((store) => `${store.name} (${store.currency}, ${store.timeZone})`)
  print(`Fiado ${version} is ready`)
  print(`  Admin          ${url}/admin`)
  print(`  API            ${url}/api/creditcontrol`)
  print(`  Documentation  ${url}/docs`)
  print(`  Stores         ${names.join('; ')}`)
  print(`  Database       ${label}`)
  if (config.processes > 1) print(`  Processes      ${config.processes}`)
  if (firstKey) tellKey(firstKey)
  if (firstAdministrator) tellAdministrator(firstAdministrator)
  for (const notice of notices) tell(`Note: ${notice}`)
  if (config.databaseUrl === undefined) print('  Stop with Ctrl-C')
}

function tellKey({ appKey, token, isGenerated }: FirstKey): void {
  print('  The first key (it may do everything):')
  print(`    X-VTEX-API-AppKey:   ${appKey}`)
  if (isGenerated) {
    print(`    X-VTEX-API-AppToken: ${token}`)
    print('  The token is shown this once: keep it in a safe place.')
  } else {
    print('    X-VTEX-API-AppToken: as in FIADO_APP_TOKEN')
  }
}

function tellAdministrator({ email, password, isGenerated }: FirstAdministrator): void {
  print('  The first administrator:')
  print(`    E-mail:              ${email}`)
  if (isGenerated) {
    print(`    Password:            ${password}`)
    print('  The password is shown this once, and is changed after the first sign-in.')
  } else {
    print('    Password:            as in FIADO_ADMIN_PASSWORD')
  }
}
