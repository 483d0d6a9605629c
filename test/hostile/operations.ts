/** What the running server says of itself: its operations, their parameters and their fields. */

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

export interface Schema {
  readonly type?: JsonType | 'integer' | readonly JsonType[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly maxLength?: number
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
}

export interface Operation {
  readonly id: string
  readonly method: string
  /** With its parameters in braces. */
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: Schema | undefined
  /** False for what anybody may call. */
  readonly isClosed: boolean
}

/** One field of a body, however deep. */
export interface Field {
  readonly keys: readonly (string | number)[]
  readonly pointer: string
  readonly types: ReadonlySet<JsonType>
  /** An amount, a rate or a whole number, which may come as text as well. */
  readonly isNumeric: boolean
}

const ALL_TYPES: readonly JsonType[] = ['object', 'array', 'string', 'number', 'boolean', 'null']

interface Documented {
  readonly operationId?: string
  readonly parameters?: readonly Parameter[]
  readonly security?: readonly unknown[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

/** The operations of an OpenAPI document. */
export function operationsOf(document: {
  paths: Record<string, Record<string, Documented>>
}): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, said]) => ({
      id: said.operationId ?? `${method} ${path}`,
      method: method.toUpperCase(),
      path,
      parameters: said.parameters ?? [],
      body: said.requestBody?.content['application/json']?.schema,
      isClosed: (said.security ?? []).length > 0,
    })),
  )
}

export function namesIn({ parameters }: Operation, where: Parameter['in']): string[] {
  return parameters.filter((parameter) => parameter.in === where).map(({ name }) => name)
}

/** The fields of a body, those of objects and of the first item of arrays included. */
export function fieldsOf(schema: Schema, keys: readonly (string | number)[] = []): Field[] {
  const shape = shapeOf(schema)
  const inner = [
    ...Object.entries(shape.properties ?? {}).flatMap(([name, property]) =>
      fieldsOf(property, [...keys, name]),
    ),
    ...(shape.items ? fieldsOf(shape.items, [...keys, 0]) : []),
  ]
  if (keys.length === 0) return inner
  const types = typesOf(schema)
  const isNumeric = types.has('number') && shape.maxLength === undefined && !types.has('object')
  return [{ keys, pointer: `/${keys.join('/')}`, types, isNumeric }, ...inner]
}

/** What the value is where it is not null. */
export function shapeOf(schema: Schema): Schema {
  return schema.anyOf?.find((branch) => branch.type !== 'null') ?? schema
}

function typesOf(schema: Schema): ReadonlySet<JsonType> {
  if (schema.anyOf) return new Set(schema.anyOf.flatMap((branch) => [...typesOf(branch)]))
  if (schema.type === undefined) return new Set(ALL_TYPES)
  const types = [schema.type].flat() as (JsonType | 'integer')[]
  return new Set(types.map((type) => (type === 'integer' ? 'number' : type)))
}
