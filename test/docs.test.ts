/** What the documents say is true: the catalogue, the links, and the tour of the README. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorsPage } from '../docs/errors-page.ts'
import { startServer, type TestServer } from './support/server.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PAGES = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

test('docs/errors.md is the catalogue', () => {
  expect(readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')).toBe(errorsPage())
})

test.each(PAGES)('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(
    ([, target = '']) => target,
  )
  const broken = targets.filter(
    (target) =>
      !/^https?:/.test(target) && !existsSync(resolve(ROOT, dirname(page), decodeURI(target))),
  )
  expect(broken).toEqual([])
})

/** Ids and instants differ from run to run; everything else must be as printed. */
function settled(text: string): unknown {
  return JSON.parse(
    text
      .replaceAll(/[0-9A-F]{32}/g, 'TRANSACTION')
      .replaceAll(/"[0-9A-Za-z]{8}-1"/g, '"FRIENDLY-1"')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT'),
  )
}

const hasShell = spawnSync('bash', ['-c', 'command -v curl']).status === 0
if (!hasShell) console.info('skipped: the README tour needs bash and curl, which are not here')

test.skipIf(!hasShell)('the tour of the README prints what it says', async () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const block = (mark: string) =>
    readme
      .split(`<!-- ${mark} -->`)[1]
      ?.split(/```\w*\n/)[1]
      ?.split('```')[0]
      ?.trim() ?? ''
  const commands = block('tour').split('\n')
  const answers = block('answers').split('\n')
  expect(commands).toHaveLength(5)
  const helper = readme.split('\n').find((line) => line.startsWith('fiado()')) ?? ''
  let id = ''
  for (const [index, command] of commands.entries()) {
    const script = `${helper}\nAPI=${server.url}/api/creditcontrol\n${command}`
    const env = { PATH: process.env.PATH, KEY: server.key.appKey, TOKEN: server.key.token, ID: id }
    const { stdout } = await run(script, env)
    id ||= /[0-9A-F]{32}/.exec(stdout)?.[0] ?? ''
    expect(settled(stdout)).toEqual(settled(answers[index] ?? ''))
  }
})

/** The server is in this process: the shell must not block it. */
async function run(script: string, env: NodeJS.ProcessEnv): Promise<{ stdout: string }> {
  return await promisify(execFile)('bash', ['-c', script], { env })
}
