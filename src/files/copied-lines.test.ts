import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LINE_END } from '../csv/write.ts'
import { CopiedLines, type Lines } from './copied-lines.ts'

/** What `COPY … TO STDOUT (FORMAT binary)` sends for one column of text. */
function copyOf(lines: readonly string[]): Buffer {
  const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)])
  const rows = lines.map((line) => {
    const text = Buffer.from(line)
    const frame = Buffer.alloc(6)
    frame.writeInt16BE(1, 0)
    frame.writeInt32BE(text.length, 2)
    return Buffer.concat([frame, text])
  })
  return Buffer.concat([header, ...rows, Buffer.from([0xff, 0xff])])
}

async function partsOf(chunks: readonly Buffer[]): Promise<Lines[]> {
  return await Array.fromAsync(Readable.from(chunks).pipe(new CopiedLines()))
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

const line = fc.string({ unit: 'grapheme', maxLength: 40 })

describe('CopiedLines', () => {
  test('gives the lines, wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 200 }), async (lines, size) => {
        const parts = await partsOf(inPieces(copyOf(lines), size))
        expect(parts.map(({ text }) => text).join('')).toBe(
          lines.map((text) => text + LINE_END).join(''),
        )
        expect(parts.reduce((sum, { rows }) => sum + rows, 0)).toBe(lines.length)
      }),
    )
  })

  test('hands on a part when there is enough, and a line of any length', async () => {
    const lines = [...Array<string>(3_000).fill('é'.repeat(100)), 'x'.repeat(2_000_000), 'the last']
    const parts = await partsOf(inPieces(copyOf(lines), 65_536))
    expect(parts.length).toBeGreaterThan(2)
    expect(parts.map(({ text }) => text).join('')).toBe(
      lines.map((text) => text + LINE_END).join(''),
    )
  })
})
