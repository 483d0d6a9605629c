/**
 * Lines that come by `COPY (select line …) TO STDOUT (FORMAT binary)`: PostgreSQL makes them with as
 * many processes as it likes, which it does for no cursor, and no row is an object here.
 */
import { Transform, type TransformCallback } from 'node:stream'
import { LINE_END } from '../csv/write.ts'

/** A part of a file, and how many rows of the export it has. */
export interface Lines {
  readonly text: string
  readonly rows: number
}

/** So much is gathered before it is handed on. */
const PART_BYTES = 262_144
/** What stands before the first row: a signature, flags, and how much more there is (nothing). */
const HEADER_BYTES = 19
/** Before each row: how many columns it has, and how long the one of ours is. */
const FRAME_BYTES = 6

const END = Buffer.from(LINE_END)

/** Takes the bytes of a COPY, wherever these are cut, and gives {@link Lines}. */
export class CopiedLines extends Transform {
  #rest: Buffer = Buffer.alloc(0)
  #isBegun = false
  #text = Buffer.allocUnsafe(2 * PART_BYTES)
  #length = 0
  #rows = 0

  constructor() {
    super({ readableObjectMode: true, readableHighWaterMark: 1 })
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = this.#isBegun ? 0 : HEADER_BYTES
    while (at + FRAME_BYTES <= bytes.length) {
      const end = at + FRAME_BYTES + bytes.readInt32BE(at + 2)
      if (end > bytes.length) break
      this.#addLine(bytes, at + FRAME_BYTES, end)
      at = end
    }
    this.#isBegun ||= bytes.length >= HEADER_BYTES
    this.#rest = bytes.subarray(this.#isBegun ? at : 0)
    if (this.#length >= PART_BYTES) this.#pushPart()
    done()
  }

  override _flush(done: TransformCallback): void {
    this.#pushPart()
    done()
  }

  #pushPart(): void {
    const part: Lines = { text: this.#text.toString('utf8', 0, this.#length), rows: this.#rows }
    this.#length = 0
    this.#rows = 0
    this.push(part)
  }

  #addLine(bytes: Buffer, from: number, to: number): void {
    const length = this.#length + (to - from) + END.length
    if (length > this.#text.length) {
      const larger = Buffer.allocUnsafe(2 * length)
      this.#text.copy(larger, 0, 0, this.#length)
      this.#text = larger
    }
    bytes.copy(this.#text, this.#length, from, to)
    END.copy(this.#text, length - END.length)
    this.#length = length
    this.#rows += 1
  }
}
