/**
 * What a spreadsheet leaves unsaid about the file that it wrote: its encoding, its delimiter, and
 * where its header is. All three are found by looking, since nobody who sends a file knows them.
 */
import { countColumns } from './columns.ts'
import { type RawRecord, RecordReader } from './records.ts'

/** The bytes of a file, which may be read several times; pieces end anywhere. */
export type Source = () => AsyncIterable<Uint8Array>

export type Encoding = 'utf-8' | 'windows-1252'

/** What may stand between the cells of a file. */
export const DELIMITERS = [',', ';', '\t'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/** Words that say why a file cannot be read, and what to do about it. */
export interface Unusable {
  readonly unusable: string
}

/** A file's first bytes and its encoding. */
export interface Opening {
  readonly head: Buffer
  readonly encoding: Encoding
}

/** The header of a file, and what it took to find it. */
export interface Header {
  readonly delimiter: Delimiter
  readonly record: RawRecord
}

/** The header must end within so many bytes. */
const HEAD_BYTES = 65_536

const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf])

/** Files that are no text, by their first bytes. */
const OTHER_FILES: readonly { start: Buffer; is: string }[] = [
  { start: Buffer.from('PK\u0003\u0004'), is: 'an Excel workbook' },
  { start: Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), is: 'an Excel workbook' },
  { start: Buffer.from([0xff, 0xfe]), is: 'a text in UTF-16' },
  { start: Buffer.from([0xfe, 0xff]), is: 'a text in UTF-16' },
]

/** The line by which Excel is told the delimiter. */
const EXCEL_DELIMITER = /^\s*"?sep=([,;\t])/i

/** Looks through the whole file: one byte near its end can tell that it is not UTF-8. */
export async function look(open: Source): Promise<Opening | Unusable> {
  const utf8 = new Utf8Check()
  let head = Buffer.alloc(0)
  for await (const piece of open()) {
    const room = HEAD_BYTES - head.length
    if (room > 0) head = Buffer.concat([head, piece.subarray(0, room)])
    if (!utf8.accepts(piece) && head.length === HEAD_BYTES) break
  }
  const other = OTHER_FILES.find(({ start }) => start.equals(head.subarray(0, start.length)))
  if (other) return { unusable: `This is ${other.is}. Save it as CSV UTF-8 and send that.` }
  // A file that says it is UTF-8 is: what is broken in it costs its own row only.
  const isUtf8 = hasBom(head) || utf8.isValid()
  return { head, encoding: isUtf8 ? 'utf-8' : 'windows-1252' }
}

/** The header of the file, split by the delimiter that makes the most of our columns of it. */
export function findHeader({ head, encoding }: Opening): Header | Unusable {
  const text = new TextDecoder(encoding).decode(head)
  const said = DELIMITERS.filter((delimiter) => EXCEL_DELIMITER.exec(text)?.[1] === delimiter)
  const headers = (said.length > 0 ? said : DELIMITERS).flatMap((delimiter) => {
    const record = new RecordReader(delimiter).read(Buffer.from(text), true).find(isHeader)
    return record ? [{ delimiter, record, columns: countColumns(record.fields) }] : []
  })
  const [best] = headers.sort((one, other) => other.columns - one.columns)
  return best ?? { unusable: 'The file is empty.' }
}

/** The bytes of a file as UTF-8, without the mark that may begin it. */
export async function* readUtf8(open: Source, encoding: Encoding): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') return yield* withoutBom(open())
  const decoder = new TextDecoder(encoding)
  for await (const piece of open()) yield Buffer.from(decoder.decode(piece, { stream: true }))
}

async function* withoutBom(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let beginning: Buffer | undefined = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    if (!beginning) {
      yield bytes
      continue
    }
    beginning = Buffer.concat([beginning, bytes])
    if (beginning.length < UTF8_BOM.length) continue
    yield hasBom(beginning) ? beginning.subarray(UTF8_BOM.length) : beginning
    beginning = undefined
  }
  if (beginning) yield beginning
}

/** Lines of nothing but delimiters are blank, whichever delimiter it is. */
function isHeader({ fields }: RawRecord): boolean {
  const text = fields.join('')
  return /[^\s,;]/.test(text) && !EXCEL_DELIMITER.test(`${text};`)
}

function hasBom(bytes: Buffer): boolean {
  return UTF8_BOM.equals(bytes.subarray(0, UTF8_BOM.length))
}

/** Whether pieces of bytes are UTF-8 when they are put together. */
class Utf8Check {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #isValid = true

  accepts(piece: Uint8Array): boolean {
    if (this.#isValid) this.#try(() => this.#decoder.decode(piece, { stream: true }))
    return this.#isValid
  }

  /** To be asked once, at the end: a character may be cut off there. */
  isValid(): boolean {
    if (this.#isValid) this.#try(() => this.#decoder.decode())
    return this.#isValid
  }

  #try(decode: () => string): void {
    try {
      decode()
    } catch {
      this.#isValid = false
    }
  }
}
