/** Methods, headers, and what is hardly HTTP. */
import { type Case, credentialHeaders, rightDraft, utf8, wire } from './cases.ts'
import type { Operation } from './operations.ts'
import { BASE, targetOf, type World } from './world.ts'

const ODD_METHODS: readonly string[] = [
  'PATCH',
  'TRACE',
  'PROPFIND',
  'OPTIONS',
  'LINK',
  'PURGE',
  'M-SEARCH',
  'QUERY',
  'BREW',
  'get',
  'GET/',
  'G\u00c9T',
]

export function methodCases(world: World): Case[] {
  return world.operations.flatMap((operation) => [
    ...ODD_METHODS.map((method) => of(world, operation, method, 'refused' as const)),
    { ...of(world, operation, 'HEAD', 'refused'), options: { isHead: true } },
    { ...of(world, operation, 'CONNECT', 'refused'), mayClose: true },
  ])
}

function of(world: World, operation: Operation, method: string, expect: Case['expect']): Case {
  return {
    name: `${method} ${operation.path}`,
    bytes: () => wire({ ...rightDraft(world, operation), method }),
    expect,
  }
}

type HeaderCase = readonly [name: string, headers: Record<string, string>, expect: Case['expect']]

const IDEMPOTENCY_KEYS: readonly (readonly [string, Case['expect']])[] = [
  ['', 'refused'],
  ['  ', 'refused'],
  ['a'.repeat(256), 'refused'],
  ['a'.repeat(255), 'any'],
  ['a'.repeat(10_000), 'refused'],
  ['a b', 'refused'],
  ['a\tb', 'refused'],
  ['a\u0001b', 'refused'],
  ['a\u0000b', 'refused'],
  ['a\u007fb', 'refused'],
  ['\u00e9', 'refused'],
  [utf8('💣'), 'refused'],
  ['""', 'refused'],
  ['"a b"', 'refused'],
  [`"${'a'.repeat(256)}"`, 'refused'],
  ['"', 'any'],
  ['"a', 'any'],
  ["'or'1'='1'--", 'any'],
  ['../../x', 'any'],
  ['%00', 'any'],
]

export function idempotencyCases(world: World): Case[] {
  return world.operations
    .filter(({ method }) => method !== 'GET')
    .flatMap((operation) =>
      IDEMPOTENCY_KEYS.map(([key, expect]) => ({
        name: `${operation.id} Idempotency-Key: ${JSON.stringify(key.slice(0, 30))}`,
        bytes: () => {
          const draft = rightDraft(world, operation)
          return wire({ ...draft, headers: { ...draft.headers, 'Idempotency-Key': key } })
        },
        expect,
      })),
    )
}

export function headerCases(world: World): Case[] {
  const cases = HEADERS.flatMap(([name, headers, expect]) =>
    world.operations
      .filter(({ id }) => ['searchAccounts', 'changeStoreConfig', 'payInvoice'].includes(id))
      .map((operation) => ({
        name: `${operation.id}: ${name}`,
        bytes: () => {
          const draft = rightDraft(world, operation)
          return wire({ ...draft, headers: { ...draft.headers, ...headers } })
        },
        expect,
      })),
  )
  return [...cases, ...credentialCases(world)]
}

const HEADERS: readonly HeaderCase[] = [
  ['a header of 20 KB', { 'X-Long': 'a'.repeat(20_000) }, 'refused'],
  ['a header of 1 MB', { 'X-Long': 'a'.repeat(1_000_000) }, 'refused'],
  ['a name of 20 KB', { [`X-${'a'.repeat(20_000)}`]: '1' }, 'refused'],
  ['a header of 10 KB', { 'X-Long': 'a'.repeat(10_000) }, 'any'],
  ['1,000 headers', many(1_000), 'any'],
  ['5,000 headers', many(5_000), 'refused'],
  ['a NUL in a header', { 'X-Odd': 'a\u0000b' }, 'refused'],
  ['a newline in a header', { 'X-Odd': 'a\nX-More: b' }, 'refused'],
  ['a folded header', { 'X-Odd': 'a\r\n b' }, 'refused'],
  ['a name with a blank', { 'X Odd': 'a' }, 'refused'],
  ['a name with é', { 'X-\u00e9': 'a' }, 'refused'],
  ['a nameless header', { '': 'a' }, 'refused'],
  ['bytes in a header', { 'X-Odd': '\u0080\u00ff' }, 'any'],
  ['an odd host', { 'X-Forwarded-Host': '"><script>', 'X-Forwarded-For': "' or 1=1" }, 'any'],
  ['an odd cookie', { Cookie: 'VtexIdclientAutCookie=%; =; ;;; a' }, 'any'],
  ['a cookie of 8 KB', { Cookie: `VtexIdclientAutCookie=${'a'.repeat(8_000)}` }, 'any'],
  ['a proto cookie', { Cookie: '__proto__=x; constructor=y; toString=z' }, 'any'],
  ['an override', { 'X-HTTP-Method-Override': 'DELETE' }, 'any'],
  ['odd accept', { Accept: 'text/html;q=x, */*', 'Accept-Encoding': 'nonsense;q=2' }, 'any'],
  ['a range', { Range: 'bytes=-1', 'If-None-Match': '*', 'If-Modified-Since': 'x' }, 'any'],
  ['an odd origin', { Origin: 'null', Referer: 'javascript:1', 'Sec-Fetch-Site': '"' }, 'any'],
  ['an upgrade', { Connection: 'Upgrade', Upgrade: 'websocket' }, 'any'],
  ['h2c', { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'A' }, 'any'],
  ['an expectation', { Expect: 'nonsense' }, 'any'],
  ['100-continue', { Expect: '100-continue' }, 'any'],
  ['an odd connection', { Connection: 'close, keep-alive, x' }, 'any'],
]

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, '1']))
}

/** From another address, for the failures of one are counted. */
function credentialCases(world: World): Case[] {
  const right = credentialHeaders(world.key)
  const wrong: HeaderCase[] = [
    ['a wrong token', { ...right, 'X-VTEX-API-AppToken': 'x' }, 'refused'],
    ['the token of the other store', mixedKeys(world), 'refused'],
    ['a long token', { ...right, 'X-VTEX-API-AppToken': 'x'.repeat(600) }, 'refused'],
    ['a long key', { ...right, 'X-VTEX-API-AppKey': 'x'.repeat(10_000) }, 'refused'],
    ['an empty token', { ...right, 'X-VTEX-API-AppToken': '' }, 'refused'],
    ['SQL for a key', { ...right, 'X-VTEX-API-AppKey': "' or 1=1--" }, 'refused'],
    ['bytes for a key', { ...right, 'X-VTEX-API-AppKey': '\u0080\u00ff' }, 'refused'],
    ['a NUL in the key', { ...right, 'X-VTEX-API-AppKey': `${world.key.appKey}\0` }, 'refused'],
    ['only a key', { 'X-VTEX-API-AppKey': world.key.appKey }, 'refused'],
    ['no credentials', {}, 'refused'],
    ['a session of nobody', { VtexIdclientAutCookie: "' or 1=1--" }, 'refused'],
    ['a cookie of nobody', { Cookie: 'VtexIdclientAutCookie=%00%ff' }, 'refused'],
    ['a huge cookie', { Cookie: `VtexIdclientAutCookie=${'a'.repeat(600)}` }, 'refused'],
    ['other schemes', { Authorization: `Bearer ${world.key.token}` }, 'refused'],
  ]
  return wrong.map(([name, headers, expect], index) => ({
    name,
    bytes: () => wire({ method: 'GET', target: `${BASE}/accounts`, headers }),
    expect,
    options: { localAddress: `127.0.1.${1 + index}` },
  }))
}

function mixedKeys({ key, otherKey }: World): Record<string, string> {
  return credentialHeaders({ appKey: key.appKey, token: otherKey.token })
}

type Raw = readonly [
  name: string,
  expect: Case['expect'],
  bytes: Buffer | string,
  more?: Partial<Case>,
]

/** Bytes that are no HTTP/1.1 request, or that two readers could read in two ways. */
export function rawCases(world: World): Case[] {
  return [...garbage(), ...halfHttp(world), ...ambiguous(world), ...chunked(world)].map(
    ([name, expect, bytes, more]) => ({
      name,
      expect,
      bytes: () => (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
      ...more,
    }),
  )
}

/** Ours ends as well, so that the server need not wait for the rest. */
const CUT = { options: { halfClose: true }, mayClose: true }

function garbage(): Raw[] {
  return [
    ['nothing', 'any', '', CUT],
    ['blank lines', 'any', '\r\n\r\n\r\n', CUT],
    ['a TLS hello', 'refused', Buffer.from('16030100c8010000c40303', 'hex')],
    ['an SSH banner', 'refused', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['an SMTP command', 'refused', 'EHLO example.com\r\n\r\n'],
    ['a Redis command', 'refused', '*1\r\n$4\r\nPING\r\n'],
    ['an HTTP/2 preface', 'refused', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['NULs', 'refused', Buffer.alloc(100)],
    ['0xff', 'refused', Buffer.alloc(100, 0xff)],
    ['a megabyte of a', 'refused', 'a'.repeat(1_000_000)],
    ['JSON', 'refused', '{"method":"GET"}\r\n\r\n'],
    ['an answer', 'refused', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a quote', 'refused', '"GET / HTTP/1.1"\r\n\r\n'],
  ]
}

function halfHttp(world: World): Raw[] {
  const right = lines(credentialHeaders(world.key))
  const get = `GET ${BASE}/accounts HTTP/1.1`
  return [
    ['half a request line', 'any', 'GET /heal', CUT],
    ['half a header', 'any', `${get}\r\nHost: lo`, CUT],
    ['headers without an end', 'any', `${get}\r\nHost: localhost\r\n${right}`, CUT],
    ['line feeds alone', 'refused', `${get}\nHost: localhost\n\n`],
    ['no host', 'refused', `${get}\r\n${right}\r\n`],
    ['two hosts', 'any', `${get}\r\nHost: a\r\nHost: b\r\n${right}\r\n`],
    ['an odd host', 'any', `${get}\r\nHost: a b"<script>\r\n${right}\r\n`],
    ['an empty host', 'any', `${get}\r\nHost:\r\n${right}\r\n`],
    ['a blank before the colon', 'refused', `${get}\r\nHost : a\r\n${right}\r\n`],
    ['no colon', 'refused', `${get}\r\nHost\r\n${right}\r\n`],
    ['HTTP/1.0', 'any', `GET /healthz HTTP/1.0\r\n\r\n`],
    ['HTTP/1.0 without credentials', 'refused', `GET ${BASE}/accounts HTTP/1.0\r\n\r\n`],
    ['HTTP/0.9', 'any', 'GET /healthz\r\n\r\n'],
    ['HTTP/2.0', 'any', 'GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n'],
    ['HTTP/9.9', 'refused', `GET ${BASE}/accounts HTTP/9.9\r\nHost: a\r\n\r\n`],
    ['HTTP/1.1x', 'refused', `GET /healthz HTTP/1.1x\r\nHost: a\r\n\r\n`],
    ['no target', 'refused', 'GET  HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a star', 'any', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['OPTIONS *', 'refused', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a NUL in the target', 'refused', 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['docs from above', 'refused', get404('/docs/static/..%2f..%2f..%2fpackage.json')],
    ['docs from far above', 'refused', get404('/docs/static/../../package.json')],
    ['docs with a NUL', 'refused', get404('/docs/static/%00')],
    ['docs with a percent', 'refused', get404('/docs/static/%')],
    ['a dot file', 'refused', get404('/docs/static/.env')],
    ['problems/__proto__', 'refused', get404('/problems/__proto__')],
    ['problems/constructor', 'refused', get404('/problems/constructor')],
    ['only a percent', 'refused', get404('/%')],
  ]
}

function get404(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
}

/** Where two readers could disagree on where the request ends. Never two answers. */
function ambiguous(world: World): Raw[] {
  const inner = `GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`
  const of = (name: string, framing: string, body: string): Raw => [
    name,
    'refused',
    put(world, framing, body),
    { options: { linger_ms: 100 } },
  ]
  return [
    of('both lengths', 'Content-Length: 2\r\nTransfer-Encoding: chunked', `0\r\n\r\n${inner}`),
    of(
      'both, the other way',
      'Transfer-Encoding: chunked\r\nContent-Length: 5',
      `0\r\n\r\n${inner}`,
    ),
    of('two lengths', 'Content-Length: 2\r\nContent-Length: 40', `{}${inner}`),
    of('two lengths in one', 'Content-Length: 2, 40', `{}${inner}`),
    of('a signed length', 'Content-Length: +2', `{}${inner}`),
    of('a negative length', 'Content-Length: -2', `{}${inner}`),
    of('a hexadecimal length', 'Content-Length: 0x2', `{}${inner}`),
    of('a huge length', 'Content-Length: 99999999999999999999', '{}'),
    of('a length of 2 GB', 'Content-Length: 2147483648', '{}'),
    of('chunked, identity', 'Transfer-Encoding: chunked, identity', `0\r\n\r\n${inner}`),
    of('identity', 'Transfer-Encoding: identity', `{}${inner}`),
    of('xchunked', 'Transfer-Encoding: xchunked', `0\r\n\r\n${inner}`),
    of('a tab before chunked', 'Transfer-Encoding:\u000bchunked', `0\r\n\r\n${inner}`),
    of('a blank before the colon', 'Transfer-Encoding : chunked', `0\r\n\r\n${inner}`),
    of('two codings', 'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  ]
}

function chunked(world: World): Raw[] {
  const framing = 'Transfer-Encoding: chunked'
  const of = (name: string, expect: Case['expect'], body: string, more?: Partial<Case>): Raw => [
    name,
    expect,
    put(world, framing, body),
    more ?? {},
  ]
  const long = 'a'.repeat(20_000)
  return [
    of('a right chunk', 'any', '2\r\n{}\r\n0\r\n\r\n'),
    of('a chunk of no size', 'refused', 'zz\r\n{}\r\n0\r\n\r\n'),
    of('a negative chunk', 'refused', '-2\r\n{}\r\n0\r\n\r\n'),
    of('a huge chunk', 'refused', 'fffffffffffffffff\r\n{}\r\n0\r\n\r\n'),
    of('a chunk too short', 'refused', '1\r\n{}\r\n0\r\n\r\n'),
    of('a chunk too long', 'refused', '9\r\n{}\r\n0\r\n\r\n', CUT),
    of('no last chunk', 'refused', '2\r\n{}\r\n', CUT),
    of('a long extension', 'refused', `2;${long}=1\r\n{}\r\n0\r\n\r\n`),
    of('long trailers', 'refused', `2\r\n{}\r\n0\r\nX-Long: ${long}\r\n\r\n`),
    of('trailers', 'any', '2\r\n{}\r\n0\r\nX-VTEX-API-AppKey: x\r\n\r\n'),
    of('garbage in chunks', 'refused', '4\r\n\0\0\0\0\r\n0\r\n\r\n'),
    of('2 MB in chunks', 'refused', `${'10000\r\n'}${' '.repeat(65_536)}\r\n`.repeat(32)),
    of('line feeds alone', 'refused', '2\n{}\n0\n\n'),
    ['a body cut short', 'refused', put(world, 'Content-Length: 50', '{}'), CUT],
  ]
}

function put(world: World, framing: string, body: string): string {
  const right = { ...credentialHeaders(world.key), 'Content-Type': 'application/json' }
  const config = world.operations.find(({ id }) => id === 'changeStoreConfig')
  if (!config) throw new Error('The server has no operation changeStoreConfig')
  const line = `PUT ${targetOf(config, world.ids)} HTTP/1.1\r\nHost: localhost`
  return `${line}\r\n${lines(right)}${framing}\r\n\r\n${body}`
}

function lines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}
