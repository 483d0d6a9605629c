/**
 * Files in the database, in pieces: written and read as streams, in bounded memory, by any process
 * and on any machine, and in the backup with all else.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Instant } from '../credit/schedule.ts'
import type { Sql } from '../postgres/connect.ts'

/** So much is gathered before it is stored, and read at a time. */
const PIECE_BYTES = 262_144

/** How bytes go to the database and come from it: the driver by itself does hex, which is half as much again. */
const TRANSFER = 'base64'

export interface StoredFile {
  readonly fileId: string
  readonly bytes: number
  /** SHA-256 of the content, as hex. */
  readonly sha256: string
}

/** More came than may be stored. */
export class FileTooLarge extends Error {
  override name = 'FileTooLarge'
}

export interface NewFile {
  readonly storeId: number
  readonly name: string
  readonly maxBytes: number
}

/**
 * Stores what `source` yields. Throws {@link FileTooLarge}, and whatever the source throws; nothing
 * is left behind then.
 */
export async function storeFile(
  sql: Sql,
  { storeId, name, maxBytes }: NewFile,
  source: AsyncIterable<Uint8Array | string>,
  now: Instant,
): Promise<StoredFile> {
  const fileId = randomUUID()
  const hash = createHash('sha256')
  let bytes = 0
  await sql`
    insert into stored_file (file_id, store_id, name, bytes, created_at)
    values (${fileId}, ${storeId}, ${name}, 0, ${new Date(now)})`
  const store = async (position: number, piece: Uint8Array | string) => {
    const data =
      typeof piece === 'string'
        ? sql`convert_to(${piece}::text, 'UTF8')`
        : sql`decode(${Buffer.from(piece).toString(TRANSFER)}, ${TRANSFER})`
    await sql`
      insert into stored_file_piece (file_id, position, data)
      values (${fileId}, ${position}, ${data})`
  }
  let storing = Promise.resolve()
  try {
    let position = 0
    for await (const piece of inPieces(source)) {
      bytes += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
      if (bytes > maxBytes) throw new FileTooLarge(`More than ${maxBytes} bytes`)
      hash.update(piece)
      // One piece is stored while the next one comes.
      await storing
      storing = store(position, piece)
      storing.catch(() => undefined)
      position += 1
    }
    await storing
    const sha256 = hash.digest('hex')
    await sql`
      update stored_file set bytes = ${bytes}, sha256 = ${sha256} where file_id = ${fileId}`
    return { fileId, bytes, sha256 }
  } catch (error) {
    await storing.catch(() => undefined)
    await forgetFile(sql, fileId).catch(() => undefined)
    throw error
  }
}

/** Reads a file from its beginning, piece by piece. */
export async function* readFile(sql: Sql, fileId: string): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; position += 1) {
    const [piece] = await sql<{ data: string }[]>`
      select encode(data, ${TRANSFER}) as data from stored_file_piece
      where file_id = ${fileId} and position = ${position}`
    if (!piece) return
    yield Buffer.from(piece.data, TRANSFER)
  }
}

export async function forgetFile(sql: Sql, fileId: string): Promise<void> {
  await sql`delete from stored_file_piece where file_id = ${fileId}`
  await sql`delete from stored_file where file_id = ${fileId}`
}

async function* inPieces(
  source: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<Uint8Array | string> {
  let gathered: (Uint8Array | string)[] = []
  let size = 0
  for await (const part of source) {
    gathered.push(part)
    size += part.length
    if (size < PIECE_BYTES) continue
    yield joined(gathered)
    gathered = []
    size = 0
  }
  if (size > 0) yield joined(gathered)
}

function joined(parts: readonly (Uint8Array | string)[]): Uint8Array | string {
  const isText = parts.every((part) => typeof part === 'string')
  return isText ? parts.join('') : Buffer.concat(parts.map((part) => Buffer.from(part)))
}
