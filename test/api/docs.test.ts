/** What operators and tools look at: the description, its pages, health, metrics, errors. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogue } from '../../src/api/problems.ts'
import { RESOURCES } from '../../src/ledger/credentials.ts'
import type { Answer } from '../support/server.ts'
import { type Api, expectNoDrift, startApi } from './support/api.ts'
import { BASE, type Document } from './support/contract.ts'
import { ok, refused } from './support/expect.ts'
import { hold, openAccount } from './support/make.ts'

let api: Api
let document: Document

beforeAll(async () => {
  api = await startApi()
  document = api.contract.document
})
afterAll(() => api.close())

/** Without credentials: all of this is open. */
const get = (path: string) => api.call('GET', `/${path}`, undefined, { key: false })

interface Described {
  readonly name: string
  readonly template: string
  readonly method: string
  readonly operation: Document
}

/** Under the API's own address, and open: its links are signed. */
const SIGNED = `${BASE}/exports/{id}/file`

/** For who has not signed in yet. */
const SIGN_IN = ['sign-in', 'sign-in-options', 'oidc/start', 'oidc/callback']

const isClosed = (template: string) =>
  /^\/api\/(creditcontrol|admin)\//.test(template) &&
  template !== SIGNED &&
  !SIGN_IN.includes(template.replace('/api/admin/', ''))

function described(): Described[] {
  return Object.entries<Document>(document.paths).flatMap(([template, methods]) =>
    Object.entries<Document>(methods).map(([method, operation]) => ({
      name: `${method} ${template}`,
      template,
      method,
      operation,
    })),
  )
}

/** Every object of the document, with where it stands. */
function* objects(value: Document, at = '#'): Generator<readonly [string, Document]> {
  if (typeof value !== 'object' || value === null) return
  yield [at, value]
  for (const [key, inner] of Object.entries(value)) yield* objects(inner, `${at}/${key}`)
}

describe('/openapi.json', () => {
  test('is an OpenAPI 3.1 document with a title, a version and a licence', async () => {
    const answer = await get('/openapi.json')
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(ok(answer)).toEqual(document)
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({ title: 'Fiado', version: 'test' })
    expect(document.info.description).toBeTruthy()
    expect(document.info.license.name).toBeTruthy()
    const known = ['openapi', 'info', 'servers', 'paths', 'components', 'security', 'tags']
    for (const key of Object.keys(document)) expect(known).toContain(key)
  })

  test('has an id of its own, a summary and a tag for every operation', () => {
    const tags = document.tags.map(({ name }: { name: string }) => name)
    for (const { name, operation } of described()) {
      expect(operation.operationId, name).toMatch(/^[a-z][A-Za-z]+$/)
      expect(operation.summary, name).toBeTruthy()
      expect(operation.tags, name).toHaveLength(1)
      expect(tags, name).toContain(operation.tags[0])
    }
    const ids = described().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('has security for the credit API, and none for what is open', () => {
    const schemes = document.components.securitySchemes
    for (const [name, scheme] of Object.entries<Document>(schemes)) {
      expect(scheme, name).toMatchObject({ type: 'apiKey', in: 'header' })
      expect(scheme.name, name).toBeTruthy()
    }
    for (const { name, template, operation } of described()) {
      if (!isClosed(template)) {
        expect(operation.security ?? [], name).toEqual([])
        continue
      }
      expect(operation.security, name).toEqual([
        { appKey: [], appToken: [] },
        { VtexIdclientAutCookie: [] },
      ])
      for (const choice of operation.security) {
        for (const scheme of Object.keys(choice)) expect(schemes).toHaveProperty(scheme)
      }
    }
  })

  test('says which resource each operation needs', () => {
    for (const { id, resources } of [...api.contract.operations, ...api.contract.fileOperations]) {
      expect(resources.length, id).toBeGreaterThan(0)
      for (const resource of resources) {
        expect(RESOURCES, id).toContain(resource)
        expect(resource, id).not.toBe('Main Access')
      }
    }
  })

  test('has a 200 or 202 and the errors of every operation, each with words', () => {
    for (const { name, template, operation } of described()) {
      const { responses } = operation
      expect(responses[200] ?? responses[202], name).toBeDefined()
      for (const [status, response] of Object.entries<Document>(responses)) {
        expect(status, name).toMatch(/^\d{3}$/)
        expect(response.description, `${name} ${status}`).toBeTruthy()
      }
      if (!isClosed(template)) continue
      for (const status of ['400', '401', '403', '429', '503']) {
        expect(responses, name).toHaveProperty(status)
      }
    }
  })

  test('lists the errors as they are in the catalogue', () => {
    const lines = new Map(catalogue().map((line) => [line.name as string, line]))
    for (const { name, template, operation } of described()) {
      if (!isClosed(template)) continue
      for (const [status, response] of Object.entries<Document>(operation.responses)) {
        if (status === '200' || status === '202') continue
        expect(Object.keys(response.content), name).toEqual(['application/problem+json'])
        for (const text of response.description.split('\n')) {
          const [, code, problem = '', title] = /^(\d+) ([a-z-]+): (.+)$/.exec(text) ?? []
          expect(lines.get(problem), `${name}: ${text}`).toMatchObject({
            code: Number(code),
            title,
            status: Number(status),
          })
        }
      }
    }
  })

  test('declares the parameters of every path, and no others', () => {
    for (const { name, template, operation } of described()) {
      const parameters: Document[] = operation.parameters ?? []
      const wanted = [...template.matchAll(/\{(\w+)\}/g)].map(([, param]) => param)
      const inPath = parameters.filter(({ in: place }) => place === 'path')
      expect(inPath.map((parameter) => parameter.name).sort(), name).toEqual(wanted.sort())
      for (const parameter of parameters) {
        expect(['path', 'query', 'header', 'cookie'], name).toContain(parameter.in)
        expect(parameter.schema, name).toBeTypeOf('object')
        if (parameter.in === 'path') expect(parameter.required, name).toBe(true)
        if (isClosed(template)) expect(parameter.description, name).toBeTruthy()
      }
      const places = parameters.map((parameter) => `${parameter.in} ${parameter.name}`)
      expect(new Set(places).size, name).toBe(places.length)
    }
  })

  test('has bodies where there can be some, as JSON', () => {
    for (const { name, method, operation } of described()) {
      if (method === 'get') expect(operation.requestBody, name).toBeUndefined()
      if (!operation.requestBody) continue
      const type =
        operation.operationId === 'createImport' ? 'multipart/form-data' : 'application/json'
      expect(Object.keys(operation.requestBody.content), name).toEqual([type])
      expect(operation.requestBody.required, name).toBe(true)
    }
  })

  test('has references that resolve', () => {
    let count = 0
    for (const [at, value] of objects(document)) {
      if (typeof value.$ref !== 'string') continue
      count += 1
      expect(value.$ref, at).toMatch(/^#\//)
      expect(api.contract.resolve(value.$ref), `${at} → ${value.$ref}`).toBeTypeOf('object')
    }
    expect(count).toBeGreaterThan(100)
  })

  test('has schemas that are schemas', () => {
    const ajv = new Ajv2020({ strict: false })
    for (const [at, value] of objects(document)) {
      if (!value.schema || value.schema.$ref) continue
      expect(ajv.validateSchema(value.schema), `${at} ${ajv.errorsText()}`).toBe(true)
    }
    for (const [name, schema] of Object.entries<Document>(document.components.schemas)) {
      expect(ajv.validateSchema(schema), name).toBe(true)
    }
  })

  test('has examples that its own schemas accept', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    for (const [at, value] of objects(document)) {
      if (!Array.isArray(value.examples)) continue
      const validate = ajv.compile(value)
      for (const example of value.examples) expect(validate(example), at).toBe(true)
    }
  })
})

describe('/docs', () => {
  /** What a page may load, by its Content-Security-Policy. */
  const directivesOf = ({ headers }: Answer) =>
    new Map(
      (headers.get('content-security-policy') ?? '').split(';').map((directive) => {
        const [name = '', ...sources] = directive.trim().split(/\s+/)
        return [name, sources] as const
      }),
    )

  const tagsOf = (html: string, name: string) =>
    [...html.matchAll(new RegExp(`<${name}\\b([^>]*)>([^<]*)`, 'g'))].map(
      ([, attributes = '', inner = '']) => ({ attributes, inner: inner.trim() }),
    )

  test('/ leads there', async () => {
    const answer = await fetch(`${api.url}/`, { redirect: 'manual' })
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe('/docs')
  })

  test.each(['/docs', '/docs/'])('%s is a page that its policy lets work', async (path) => {
    const answer = await get(path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('text/html')
    const policy = directivesOf(answer)
    const scripts = policy.get('script-src') ?? policy.get('default-src') ?? []
    expect(scripts).not.toContain("'unsafe-inline'")
    expect(scripts).not.toContain("'unsafe-eval'")
    expect(policy.get('object-src') ?? policy.get('default-src')).toEqual(["'none'"])
    expect(policy.get('frame-ancestors')).toEqual(["'none'"])
    for (const { attributes, inner } of tagsOf(answer.text, 'script')) {
      expect(attributes).toMatch(/\bsrc="/)
      expect(inner).toBe('')
    }
    expect(answer.text).not.toMatch(/\son[a-z]+="/)
    expect(answer.text).not.toMatch(/javascript:/)
    if (!policy.get('style-src')?.includes("'unsafe-inline'")) {
      expect(tagsOf(answer.text, 'style')).toEqual([])
      expect(answer.text).not.toMatch(/\sstyle="/)
    }
  })

  test('has all its scripts, styles and pictures, from here', async () => {
    const page = await fetch(`${api.url}/docs`)
    const html = await page.text()
    const assets = [...html.matchAll(/<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]+)"/g)]
    expect(assets.length).toBeGreaterThan(3)
    for (const [, address = ''] of assets) {
      const url = new URL(address, page.url)
      expect(url.origin).toBe(new URL(api.url).origin)
      const asset = await fetch(url)
      expect(asset.status, address).toBe(200)
      expect((await asset.arrayBuffer()).byteLength, address).toBeGreaterThan(0)
      expect(asset.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  test('shows the description of this server', async () => {
    const described = await get('/docs/json')
    expect(ok(described).paths).toEqual(document.paths)
  })
})

test('answers of the API come with safe headers', async () => {
  for (const path of ['//openapi.json', '/accounts', '/accounts/none']) {
    const { headers } = await api.call('GET', path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-powered-by')).toBeNull()
  }
})

describe('health', () => {
  test('/healthz answers while the process does', async () => {
    expect(ok(await get('/healthz'))).toEqual({ status: 'ok' })
  })

  test('/readyz answers while the database does', async () => {
    expect(ok(await get('/readyz'))).toEqual({ status: 'ready' })
  })
})

describe('/metrics', () => {
  /** How many requests were counted, of each kind that `/metrics` names. */
  const counted = async () =>
    new Map(
      [
        ...(await get('/metrics')).text.matchAll(
          /^fiado_http_request_seconds_count\{method="(.+)",route="(.+)",status="(.+)"\} (\d+)$/gm,
        ),
      ].map(([, method, route, status, count]) => [`${method} ${route} ${status}`, Number(count)]),
    )

  test('counts requests by route, and names no ids', async () => {
    const before = await counted()
    const account = await openAccount(api.call, { email: 'metrics@example.com' })
    const { id, path } = await hold(api.call, account, 1)
    ok(await api.call('GET', path))
    ok(await api.call('GET', `/accounts?email=${account.email}`))
    refused(await api.call('GET', '/accounts/not-there'), 404, 'account-not-found')
    await get('/nowhere/12345678900')
    // An answer is counted when it was sent: who reads it may be faster.
    const accounts = '/api/creditcontrol/accounts'
    for (const kind of [
      `GET ${accounts}/:creditAccountId/transactions/:transactionId 200`,
      `GET ${accounts} 200`,
      `GET ${accounts}/:creditAccountId 404`,
      'GET none 404',
    ]) {
      const expected = (before.get(kind) ?? 0) + 1
      await expect.poll(async () => (await counted()).get(kind), { message: kind }).toBe(expected)
    }
    const { status, text, headers } = await get('/metrics')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/plain/)
    expect(text).toMatch(/^# TYPE fiado_http_request_seconds histogram$/m)
    expect(text).toMatch(/fiado_writer_waiting 0/)
    for (const secret of [
      account.id,
      account.document,
      id,
      'metrics@',
      'not-there',
      '12345678900',
    ]) {
      expect(text).not.toContain(secret)
    }
  })
})

describe('/problems/{name}', () => {
  test.each(catalogue().map(({ name }) => name))('%s explains the error', async (name) => {
    const page = ok(await get(`/problems/${name}`))
    expect(page).toEqual(catalogue().find((line) => line.name === name))
    expect(Object.keys(page).sort()).toEqual(['code', 'detail', 'name', 'status', 'title'])
    expect(page.status).toBeGreaterThanOrEqual(400)
    expect(page.detail).toBeTruthy()
    expect(page.detail).not.toMatch(/undefined|\[object/)
  })

  test('of no error is not found: 404', async () => {
    for (const name of ['nothing', 'constructor', '__proto__', '%00']) {
      refused(await get(`/problems/${name}`), 404, 'route-not-found')
    }
  })

  test('has a number of its own, for ever', () => {
    const codes = catalogue().map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(catalogue().find(({ code }) => code === 1099)?.name).toBe('account-already-open')
  })

  test('is where the type of a problem leads', async () => {
    const { json } = await api.call('GET', '/accounts/not-there')
    const { pathname } = new URL(json.type, `${api.url}/api/creditcontrol/accounts/not-there`)
    expect(ok(await get(pathname))).toMatchObject({ code: json.code, title: json.title })
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
