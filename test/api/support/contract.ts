/** /openapi.json as a contract: which operation a request meets, and whether it may answer so. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import type { Answer } from '../../support/server.ts'

export const BASE = '/api/creditcontrol'

/** Instants go out in UTC with milliseconds. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

const FILE_TAGS = ['Imports', 'Exports']

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Operation {
  readonly id: string
  readonly tag: string
  readonly method: Method
  /** `/api/creditcontrol/accounts/{creditAccountId}`. */
  readonly template: string
  readonly isWrite: boolean
  readonly hasBody: boolean
  /** Names in the path, in their order. */
  readonly params: readonly string[]
  readonly queries: readonly string[]
  /** The resource that its description names, besides Main Access. */
  readonly resource: string
  /** All that it names: any of them is enough. */
  readonly resources: readonly string[]
  readonly statuses: readonly number[]
  /** Names of the problems that it documents. */
  readonly problems: readonly string[]
  /** True where a 200 has no body. */
  readonly isSilent: boolean
}

/** An OpenAPI document, read as it comes. */
// biome-ignore lint/suspicious/noExplicitAny: the document is foreign here
export type Document = any

export class Contract {
  readonly document: Document
  /** Those of the credit API itself. */
  readonly operations: readonly Operation[]
  /** Those of imports and exports, which have tests of their own (test/files). */
  readonly fileOperations: readonly Operation[]
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })
  readonly #validators = new Map<unknown, ValidateFunction>()
  readonly #seen = new Map<string, Set<string>>()

  constructor(document: Document) {
    this.document = document
    this.#ajv.addFormat('date-time', INSTANT)
    const [files, own] = partition(operationsOf(document), ({ tag }) => FILE_TAGS.includes(tag))
    this.operations = own
    this.fileOperations = files.filter(({ resources }) => resources.length > 0)
  }

  /** The operation of the credit API that a request meets, if there is one. */
  operationOf(method: string, address: string): Operation | undefined {
    const path = pathOf(address)
    return this.operations.find(
      (operation) => operation.method === method && fits(operation.template, path),
    )
  }

  /** Fails where an answer is not one that the document has for this request. */
  check(method: string, address: string, answer: Answer): void {
    const path = pathOf(address)
    const [template] = Object.keys(this.document.paths).filter((known) => fits(known, path))
    const responses = this.document.paths[template ?? '']?.[method.toLowerCase()]?.responses
    if (!template || !responses) return
    const what = `${method} ${template} → ${answer.status} ${answer.text.slice(0, 500)}`
    const response = responses[answer.status]
    expect(response, `not documented: ${what}`).toBeDefined()
    this.#note(`${method} ${template}`, answer)
    if (isDone(answer.status)) this.#checkDone(response, answer, what)
    else this.#checkProblem(response, answer, what)
  }

  /** The statuses and the names of problems that an operation has answered so far. */
  seen({ method, template }: Operation): ReadonlySet<string> {
    return this.#seen.get(`${method} ${template}`) ?? new Set()
  }

  #note(key: string, { status, json }: Answer): void {
    const seen = this.#seen.get(key) ?? new Set()
    seen.add(String(status))
    if (!isDone(status)) seen.add(nameOf(json))
    this.#seen.set(key, seen)
  }

  #checkDone(response: Document, answer: Answer, what: string): void {
    const schema = response.content?.['application/json']?.schema
    const type = answer.headers.get('content-type') ?? ''
    if (type.startsWith('text/csv; charset=')) {
      expect(JSON.stringify(response.content), what).toMatch(/csv/i)
      return
    }
    if (!schema) {
      if (!type.includes('json')) return
      expect(answer.text, what).toBe('')
      return
    }
    expect(type, what).toBe('application/json; charset=utf-8')
    this.#validate(schema, answer.json, what)
  }

  #checkProblem(response: Document, answer: Answer, what: string): void {
    expect(answer.headers.get('content-type'), what).toBe('application/problem+json; charset=utf-8')
    this.#validate(response.content['application/problem+json'].schema, answer.json, what)
    const { status, detail, message, code } = answer.json
    expect(status, what).toBe(answer.status)
    expect(message, what).toBe(detail)
    if (!what.includes(' /api/')) return
    const documented = response.description.split('\n').map(lineOf)
    expect(documented, what).toContain(`${code} ${nameOf(answer.json)}`)
  }

  #validate(schema: Document, value: unknown, what: string): void {
    const known = this.#validators.get(schema)
    const validate = known ?? this.#ajv.compile(this.#resolved(schema))
    this.#validators.set(schema, validate)
    expect(validate(value), `${what}\n${this.#ajv.errorsText(validate.errors)}`).toBe(true)
  }

  #resolved(schema: Document): Document {
    return schema.$ref ? this.resolve(schema.$ref) : schema
  }

  /** What a local `$ref` names. */
  resolve(ref: string): Document {
    const steps = ref.replace(/^#\//, '').split('/')
    return steps.reduce((found, step) => found?.[step], this.document)
  }
}

/** True for what was done, and for what is being done. */
function isDone(status: number): boolean {
  return status === 200 || status === 202
}

/** The name of a problem: the last part of its type. */
export function nameOf(json: { type?: string } | undefined): string {
  return (json?.type ?? '').split('/').at(-1) ?? ''
}

/** `1001 invalid-input` of `1001 invalid-input: Some of the input is not right`. */
function lineOf(line: string): string {
  return line.split(':')[0] ?? ''
}

function operationsOf(document: Document): Operation[] {
  const operations: Operation[] = []
  for (const [template, methods] of Object.entries<Document>(document.paths)) {
    if (!template.startsWith(BASE)) continue
    for (const [method, operation] of Object.entries<Document>(methods)) {
      operations.push(operationOf(template, method.toUpperCase() as Method, operation))
    }
  }
  return operations
}

function operationOf(template: string, method: Method, operation: Document): Operation {
  const parameters: Document[] = operation.parameters ?? []
  const named = (place: string) =>
    parameters.filter((parameter) => parameter.in === place).map(({ name }) => String(name))
  const failures = Object.entries<Document>(operation.responses).filter(
    ([key]) => !isDone(Number(key)),
  )
  return {
    id: operation.operationId,
    tag: operation.tags[0],
    method,
    template,
    isWrite: method !== 'GET',
    hasBody: operation.requestBody !== undefined,
    params: named('path'),
    queries: named('query'),
    resources: [
      ...(/Needs the resource (.+) or `Main Access`/
        .exec(operation.description)?.[1]
        ?.matchAll(/`([^`]+)`/g) ?? []),
    ].map(([, name = '']) => name),
    resource: /Needs the resource `([^`]+)`/.exec(operation.description)?.[1] ?? '',
    statuses: Object.keys(operation.responses).map(Number),
    problems: failures.flatMap(([, { description }]) =>
      description.split('\n').map((line: string) => lineOf(line).split(' ')[1] ?? ''),
    ),
    isSilent: (operation.responses[200] ?? operation.responses[202]).content === undefined,
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}

function pathOf(address: string): string {
  const [path = ''] = address.split('?')
  return path.length > 1 ? path.replace(/\/$/, '') : path
}

function fits(template: string, path: string): boolean {
  const wanted = template.split('/')
  const given = path.split('/')
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith('{') || part === given[index])
  )
}
