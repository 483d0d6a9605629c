/** A form that brings a file, sent byte for byte as fast or as slowly as a test likes. */
import { type Agent, type ClientRequest, request } from 'node:http'
import { FIRST_KEY } from '../../support/process.ts'

const BOUNDARY = 'fiado-test-boundary'

export interface UploadEnd {
  readonly status?: number
  // biome-ignore lint/suspicious/noExplicitAny: a job or a problem
  readonly json?: any
  /** Where there was no answer. */
  readonly error?: string
  readonly took_ms: number
}

export interface Upload {
  readonly request: ClientRequest
  readonly end: Promise<UploadEnd>
  /** Waits where the server takes no more at present. */
  write(bytes: string | Buffer): Promise<void>
  /** The end of the file and of the form. */
  finish(): void
}

/** Sends the form as far as the first byte of its file. */
export function beginUpload(url: string, header: string, agent?: Agent): Upload {
  const startedAt = performance.now()
  const outgoing = request(`${url}/api/creditcontrol/imports`, {
    method: 'POST',
    ...(agent && { agent }),
    headers: {
      'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
      'X-VTEX-API-AppKey': FIRST_KEY.appKey,
      'X-VTEX-API-AppToken': FIRST_KEY.token,
    },
  })
  const end = new Promise<UploadEnd>((resolve) => {
    const took = () => ({ took_ms: performance.now() - startedAt })
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ error: error.code ?? error.message, ...took() }),
    )
    outgoing.on('response', async (answer) => {
      let text = ''
      for await (const chunk of answer) text += chunk
      resolve({ status: answer.statusCode ?? 0, json: JSON.parse(text), ...took() })
    })
  })
  const part = (head: string) => `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n`
  outgoing.write(`${part('name="kind"')}\r\ninvoices\r\n`)
  outgoing.write(
    `${part('name="file"; filename="invoices.csv"')}Content-Type: text/csv\r\n\r\n${header}\r\n`,
  )
  return {
    request: outgoing,
    end,
    write: async (bytes) => {
      if (outgoing.destroyed || outgoing.write(bytes)) return
      await Promise.race([new Promise((resolve) => outgoing.once('drain', resolve)), end])
    },
    finish: () => void outgoing.end(`\r\n--${BOUNDARY}--\r\n`),
  }
}
