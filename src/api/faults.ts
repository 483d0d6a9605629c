/** Ajv's errors → one clear fault for each field. */
import type { FastifySchemaValidationError } from 'fastify'
import type { InputFault } from './problems.ts'

const PLACES: Readonly<Record<string, InputFault['in']>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
}

/** Most faults that one answer names. */
const MAX_FAULTS = 20

/** The faults of one part of a request, the first of each field. */
export function faultsOf(
  errors: readonly FastifySchemaValidationError[],
  context: string | undefined,
): InputFault[] {
  const place = PLACES[context ?? 'body'] ?? 'body'
  const faults = new Map<string, InputFault>()
  for (const error of errors) {
    if (faults.size === MAX_FAULTS) break
    if (isNoise(error)) continue
    const pointer = pointerOf(error)
    if (!faults.has(pointer)) faults.set(pointer, { pointer, in: place, detail: wordsOf(error) })
  }
  return [...faults.values()]
}

/** A field that may be null fails twice: what counts is why it fails as what it should be. */
function isNoise({ keyword, params }: FastifySchemaValidationError): boolean {
  return keyword === 'anyOf' || (keyword === 'type' && params.type === 'null')
}

function pointerOf({ instancePath, keyword, params }: FastifySchemaValidationError): string {
  return keyword === 'required' ? `${instancePath}/${params.missingProperty}` : instancePath
}

function wordsOf({ keyword, params, instancePath, message }: FastifySchemaValidationError): string {
  if (keyword === 'required') return 'is needed'
  if (keyword === 'enum') return `must be one of ${(params.allowedValues as unknown[]).join(', ')}`
  if (keyword === 'type' && instancePath === '') return 'must be a JSON object'
  if (keyword === 'type') return `must be of type ${String(params.type).replace(',', ' or ')}`
  if (keyword === 'isText') return 'must be of type string'
  if (keyword === 'pattern') return 'has a form that is not allowed here; see /docs'
  return message ?? 'is not right'
}
