/** The form that brings a file: its parts are read as they come, the file goes straight into storage. */
import type { FastifyRequest } from 'fastify'
import type { ApiContext } from '../../api/context.ts'
import { SENDS_FILE } from '../../api/errors.ts'
import { Input } from '../../api/input.ts'
import { problem } from '../../api/problems.ts'
import { KINDS, type Locale, MODES } from '../../csv/columns.ts'
import { FileTooLarge, forgetFile, type StoredFile, storeFile } from '../file-store.ts'
import type { Kind, Mode } from '../job.ts'

export interface Upload {
  readonly file: StoredFile
  readonly name: string
  readonly kind: Kind
  /** Null for invoices. */
  readonly mode: Mode | null
  readonly dryRun: boolean
  readonly locale: Locale | null
}

/** Files that may be on their way at one time, in a process. */
const MAX_UPLOADS = 16
/** One that does not move for 30 s is cut off before that, as every connection is. */
const LONGEST_UPLOAD_MS = 1_800_000
const MAX_NAME_LENGTH = 200
const MB = 1_048_576
const LOCALES: ReadonlyMap<string, Locale> = new Map([
  ['en', 'en'],
  ['en-us', 'en'],
  ['pt', 'pt-BR'],
  ['pt-br', 'pt-BR'],
  ['es', 'es'],
])

/** Takes files in, a few at a time. */
export class Uploads {
  readonly #maxBytes: number
  #underWay = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Reads the form. Throws what is wrong with it; nothing is left in storage then. */
  async receive(context: ApiContext, request: FastifyRequest): Promise<Upload> {
    const maxBytes = this.#maxBytes
    if (!request.isMultipart()) throw problem('not-a-form', {})
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > maxBytes + MB) throw tooLarge(maxBytes)
    if (this.#underWay >= MAX_UPLOADS) throw problem('too-many-uploads', {})
    this.#underWay += 1
    const { socket } = request.raw
    socket[SENDS_FILE] = true
    const timer = setTimeout(() => socket.destroy(), LONGEST_UPLOAD_MS)
    try {
      return await readForm(context, request, maxBytes)
    } finally {
      clearTimeout(timer)
      socket[SENDS_FILE] = false
      this.#underWay -= 1
    }
  }
}

async function readForm(
  context: ApiContext,
  request: FastifyRequest,
  maxBytes: number,
): Promise<Upload> {
  const fields = new Map<string, string>()
  let stored: { file: StoredFile; name: string } | undefined
  const { storeId } = request.principal.store
  try {
    const limits = { fileSize: maxBytes + 1, files: 1, fields: 20, fieldSize: 1_000, parts: 25 }
    for await (const part of readable(request.parts({ limits }))) {
      if (part.type === 'field') fields.set(part.fieldname, String(part.value))
      else {
        const name = nameOf(part.filename)
        const file = await storeFile(
          context.sql(),
          { storeId, name, maxBytes },
          readable<Uint8Array>(part.file),
          context.now(),
        )
        stored = { file, name }
      }
    }
    if (!stored) throw problem('no-file', {})
    return { ...stored, ...readFields(request, fields) }
  } catch (error) {
    if (stored) await forgetFile(context.sql(), stored.file.fileId)
    throw error instanceof FileTooLarge ? tooLarge(maxBytes) : error
  }
}

/** What cannot be read of a form is the fault of who sent it. */
async function* readable<T>(parts: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* parts
  } catch {
    const fault =
      'The form is broken or breaks off, or has more than a file and a few short fields. Send it again.'
    throw problem('malformed-request', { fault })
  }
}

function readFields({ principal: { store } }: FastifyRequest, fields: ReadonlyMap<string, string>) {
  const input = new Input(store)
  const kind = KINDS.find((known) => known === fields.get('kind'))
  if (!kind) input.fault('/kind', `must be one of ${KINDS.join(', ')}`)
  const mode = MODES.find((known) => known === (fields.get('mode') || 'upsert'))
  if (!mode) input.fault('/mode', `must be one of ${MODES.join(', ')}`)
  if (kind === 'invoices' && fields.get('mode')) {
    input.fault('/mode', 'is for accounts only: an import of invoices always changes them')
  }
  const dryRun = fields.get('dryRun') || 'false'
  if (dryRun !== 'true' && dryRun !== 'false') input.fault('/dryRun', 'must be true or false')
  const locale = fields.get('locale') || null
  const known = locale === null ? null : LOCALES.get(locale.toLowerCase())
  if (known === undefined) input.fault('/locale', 'must be en, pt-BR or es')
  input.check()
  return {
    kind: kind as Kind,
    mode: kind === 'accounts' ? (mode as Mode) : null,
    dryRun: dryRun === 'true',
    locale: known ?? null,
  }
}

/** What a browser calls the file, without its folders. */
function nameOf(given: string | undefined): string {
  const name = (given ?? '').split(/[\\/]/).at(-1) ?? ''
  const clean = name
    .replaceAll(/\p{Cc}/gu, '')
    .toWellFormed()
    .trim()
  return clean.slice(0, MAX_NAME_LENGTH) || 'import.csv'
}

function tooLarge(maxBytes: number) {
  return problem('file-too-large', { most: `${Math.floor(maxBytes / MB)} MB` })
}
