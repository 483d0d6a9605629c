/** Addresses: paths, ids and queries that no client of ours would send. */
import { type Case, credentialHeaders, rightDraft, utf8, wire } from './cases.ts'
import { namesIn, type Operation } from './operations.ts'
import { ODD_DATES, TRICKS } from './tricks.ts'
import { type Ids, targetOf, type World } from './world.ts'

/** What stands in the place of an id, as it goes over the wire: none is an id, nor a way to one. */
const NO_IDS: readonly string[] = [
  ...TRICKS.map(encodeURIComponent).filter((text) => text.length <= 300),
  '%00',
  'a%00b',
  '%0d%0aX-Injected:%201',
  '..%2f..%2f',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e%2f%2e%2e%2f',
  '..%5c..%5c',
  '%252e%252e%252f',
  '..',
  '.',
  '%2e',
  '%20',
  '%c0%ae',
  '%c0%ae%c0%ae/',
  '%ff',
  '%ed%a0%80',
  '%f5%80%80%80',
  '%',
  '%2',
  '%zz',
  '%u0041',
  '',
  '/',
  '//',
  '*',
  ':creditAccountId',
  '%7BcreditAccountId%7D',
  'é',
  utf8('é'),
  utf8('💣'),
  '\u0080\u00ff',
  'a'.repeat(300),
  'a'.repeat(301),
  'a'.repeat(10_000),
  '%41'.repeat(1_000),
  utf8('€').repeat(200),
  ';a=b',
  "';",
  '%3Fa=b',
  '%23a',
]

/** `%3Aname`-like words that our ids may have, and so may name a new account or debit. */
const MAY_BE_NEW = /^[A-Za-z0-9][A-Za-z0-9_.:@+-]{0,99}$/

export function idCases(world: World): Case[] {
  return world.operations.flatMap((operation) =>
    namesIn(operation, 'path').flatMap((name) =>
      NO_IDS.map((id) => ({
        name: `${operation.id} {${name}} = ${id.slice(0, 40)}`,
        bytes: () => {
          const target = targetOf(operation, { ...world.ids, [name]: id })
          return wire({ ...rightDraft(world, operation), target })
        },
        expect: MAY_BE_NEW.test(id) || isShorterPath(id) ? ('any' as const) : ('refused' as const),
      })),
    ),
  )
}

/** `''` and `;a=b` at the end of a path leave the address of a list, or one with a parameter. */
function isShorterPath(id: string): boolean {
  return id === '' || id === '/' || id === '//'
}

/** Ids of the other store in every place and in every mix: they do not exist. */
export function foreignCases(world: World): Case[] {
  return world.operations
    .filter(({ isClosed, id }) => isClosed && id !== 'openOrChangeAccount')
    .flatMap((operation) =>
      mixes(namesIn(operation, 'path').filter(isId)).map((names) => ({
        name: `${operation.id} with ${names.join(' and ')} of another store`,
        bytes: () => {
          const target = targetOf(operation, mixed(world.ids, world.foreign, names))
          return wire({ ...rightDraft(world, operation), target })
        },
        expect: 'not-found' as const,
      })),
    )
}

/** A statement id is the caller's own: there is none of another store. */
export function isId(name: string): boolean {
  return name !== 'statementId'
}

export function mixed(ids: Ids, foreign: Ids, names: readonly string[]): Ids {
  return { ...ids, ...Object.fromEntries(names.map((name) => [name, foreign[name] ?? 'x'])) }
}

/** Every choice of one name or more. */
export function mixes(names: readonly string[]): string[][] {
  const [first, ...rest] = names
  if (first === undefined) return []
  const others = mixes(rest)
  return [[first], ...others, ...others.map((mix) => [first, ...mix])]
}

export function targetCases(world: World): Case[] {
  return world.operations.flatMap((operation) =>
    Object.entries(twisted(targetOf(operation, world.ids))).map(([name, target]) => ({
      name: `${operation.id}: ${name}`,
      bytes: () => wire({ ...rightDraft(world, operation), target }),
      expect: 'any' as const,
    })),
  )
}

function twisted(target: string): Record<string, string> {
  return {
    'double slashes': target.replaceAll('/', '//'),
    'a slash behind': `${target}/`,
    'slashes behind': `${target}//`,
    'a slash before': `/${target}`,
    'no slash': target.slice(1),
    'a dot': `/.${target}`,
    'up and down': `/x/..${target}`,
    'encoded slashes': `/${target.slice(1).replaceAll('/', '%2f')}`,
    backslashes: target.replaceAll('/', '\\'),
    'upper case': target.toUpperCase(),
    'a parameter': `${target};jsessionid=1`,
    'a fragment': `${target}#x`,
    absolute: `http://evil.example${target}`,
    'of another scheme': `file://${target}`,
    'a blank': `${target} x`,
    'a NUL': `${target}\0`,
    'a tab': `${target}\tx`,
    'raw UTF-8': `${target}${utf8('é💣')}`,
    'a bare percent': `${target}%`,
    'a query of nothing': `${target}?`,
    'a query of signs': `${target}?=&&==&?&%&+`,
    long: `${target}/${'a/'.repeat(4_000)}`,
    'too long': `${target}/${'a'.repeat(20_000)}`,
  }
}

const POSITIONS: readonly string[] = [
  '',
  '0',
  '-1',
  '-9223372036854775808',
  '99999999999999999999',
  '2147483648000',
  '1.5',
  '1e400',
  'NaN',
  'Infinity',
  '0x10',
  '1%00',
  "1'--",
  '１',
  'null',
  'true',
]

/** Query parameters that are free text: any value is a search, which may find nothing. */
const FREE_TEXT = new Set([
  'email',
  'document',
  'accountId',
  'friendlyId',
  'observation',
  'q',
  'orderId',
  'creditAccountId',
])

export function queryCases(world: World): Case[] {
  return world.operations.flatMap((operation) => {
    const names = namesIn(operation, 'query')
    const { of } = queries(world, operation)
    return names.flatMap((name) => {
      const isFree = FREE_TEXT.has(name)
      const refused = (what: string, query: string) => of(what, query, `/${name}`)
      return [
        refused('twice', `${name}=1&${name}=2`),
        refused('thrice', `${name}=1&${name}=2&${name}=%00`),
        refused('NUL', `${name}=%00`),
        refused('NUL inside', `${name}=a%00b`),
        ...['', ...TRICKS].map((text) =>
          of(
            text,
            `${name}=${encodeURIComponent(text)}`,
            isFree || text === '' ? undefined : `/${name}`,
          ),
        ),
        ...['%', '%zz', '%ff', '%c0%ae', '%ed%a0%80', '%f5%80%80%80'].map((text) =>
          of(text, `${name}=${text}`, isFree ? undefined : `/${name}`),
        ),
        of('10k', `${name}=${'a'.repeat(10_000)}`, isFree ? undefined : `/${name}`),
        of('raw bytes', `${name}=\u0080\u00ff${utf8('é')}`, isFree ? undefined : `/${name}`),
        of('brackets', `${name}[]=1&${name}[a]=2`),
        of('no value', name),
        of('1,000 times', Array.from({ length: 1_000 }, () => `${name}=1`).join('&'), `/${name}`),
        ...(isDate(operation, name) ? ODD_DATES : []).map(([text, isWrong]) =>
          of(text, `${name}=${encodeURIComponent(text)}`, isWrong ? `/${name}` : undefined),
        ),
        ...(isPosition(operation, name) ? POSITIONS : []).map((text) =>
          refused(text, `${name}=${text}`),
        ),
      ]
    })
  })
}

export function pageCases(world: World): Case[] {
  return world.operations
    .filter((operation) => isPosition(operation, 'from'))
    .flatMap((operation) => {
      const { of } = queries(world, operation)
      return [
        of('backwards', 'from=5&to=1', '/to'),
        of('too many', 'from=1&to=1001', '/to'),
        of('too far', 'from=1000000001', '/from'),
        of('far', 'from=1000000000&to=1000000999'),
        of('far and open', 'from=1000000000'),
        of('both wrong', 'from=x&to=y', '/from'),
        of('unknown names', '__proto__=1&constructor=2&toString=3&hasOwnProperty=4'),
        of('an unknown NUL', 'unknown=%00'),
        of('1,000 names', Array.from({ length: 1_000 }, (_, index) => `n${index}=1`).join('&')),
        of('a long name', `${'n'.repeat(10_000)}=1`),
        of('an odd long name', `${'%00%22'.repeat(2_000)}=%00`),
      ]
    })
}

function queries(world: World, operation: Operation) {
  const of = (name: string, query: string, pointer?: string): Case => ({
    name: `${operation.id} ?${query.slice(0, 40)} (${name.slice(0, 30)})`,
    bytes: () =>
      wire({
        ...rightDraft(world, operation),
        target: `${targetOf(operation, world.ids)}?${query}`,
        headers: { ...rightDraft(world, operation).headers, ...credentialHeaders(world.key) },
      }),
    expect: pointer === undefined ? 'any' : 'refused',
    ...(pointer !== undefined && { pointer }),
  })
  return { of }
}

/** `from` and `to` are days in a statement, and positions in a list. */
function isDate({ id }: Operation, name: string): boolean {
  return /Date/.test(name) || (id === 'getStatements' && (name === 'from' || name === 'to'))
}

function isPosition(operation: Operation, name: string): boolean {
  if (name !== 'from' && name !== 'to') return false
  return namesIn(operation, 'query').includes(name) && !isDate(operation, name)
}
