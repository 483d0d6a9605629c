/** What the browser loads: how much, under which headers, and what it is told where nothing was built. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'

const BUILT = resolve(import.meta.dirname, '../../dist/web')
const FIRST_LOAD_MOST_BYTES = 250_000

interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
}

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** A chunk and all that comes along with it. */
function filesOf(manifest: Record<string, Chunk>, name: string): string[] {
  const chunk = manifest[name]
  if (!chunk) throw new Error(`The build has no ${name}`)
  return [chunk.file, ...(chunk.imports ?? []).flatMap((inner) => filesOf(manifest, inner))]
}

const MANIFEST: Record<string, Chunk> = JSON.parse(
  readFileSync(join(BUILT, '.vite/manifest.json'), 'utf8'),
)
const PAGES = Object.keys(MANIFEST).filter((name) => /^src\/pages\/.*-page\.tsx$/.test(name))

test.each(PAGES)('%s as the first, with its language, is under 250 kB as it is sent', (page) => {
  const first = ['index.html', 'src/messages/pt-BR.ts', page]
  const files = new Set(first.flatMap((name) => filesOf(MANIFEST, name)))
  const total = [...files].reduce((sum, file) => sum + sentBytes(file), 0)
  console.info(`first load of ${page}: ${(total / 1000).toFixed(0)} kB of JavaScript`)
  expect(total).toBeLessThan(FIRST_LOAD_MOST_BYTES)
})

/** Of the Brotli that lies beside the file, which every browser takes; small ones go as they are. */
function sentBytes(file: string): number {
  const path = join(BUILT, file)
  return statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size
}

test('the page is never kept, its parts for ever, and nothing inline runs', async () => {
  const answers = [await fetch(`${server.url}/admin`), await fetch(`${server.url}/admin/a/b?c=d`)]
  for (const answer of answers) {
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toContain('unsafe')
    const nonce = /style-src 'self' 'nonce-([^']{20,})'/.exec(policy)?.[1]
    expect(await answer.text()).toContain(`nonce="${nonce}"`)
  }
  const policies = answers.map(({ headers }) => headers.get('content-security-policy'))
  expect(policies[0]).not.toBe(policies[1])

  const page = await (await fetch(`${server.url}/admin`)).text()
  const script = /src="(\/admin\/assets\/[^"]+\.js)"/.exec(page)?.[1]
  const asset = await fetch(`${server.url}${script}`, { headers: { 'Accept-Encoding': 'br' } })
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(asset.headers.get('content-encoding')).toBe('br')
  expect((await fetch(`${server.url}/admin/assets/none.js`)).status).toBe(404)
})
