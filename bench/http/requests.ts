/** The requests that the load generator sends, as the text that goes over the wire. */

export interface Target {
  readonly host: string
  readonly port: number
  readonly appKey: string
  readonly token: string
}

/** What an authorization takes, in units of the currency. */
export const VALUE = 1

/** Writes the requests to one server. */
export class Requests {
  readonly #headers: string

  constructor({ host, port, appKey, token }: Target) {
    this.#headers = [
      `Host: ${host}:${port}`,
      `X-VTEX-API-AppKey: ${appKey}`,
      `X-VTEX-API-AppToken: ${token}`,
      'Content-Type: application/json',
    ].join('\r\n')
  }

  openAccount(document: string, creditLimit: number): string {
    const email = `buyer+${document}@bench.example`
    const account = { document, documentType: 'Other', email, creditLimit, tolerance: 0 }
    return this.#write('POST', '/accounts', JSON.stringify(account))
  }

  authorize(accountId: string, orderId: string): string {
    const body = `{"value":${VALUE},"settle":true,"installments":3,"orderId":"${orderId}"}`
    return this.#write('POST', `/accounts/${accountId}/transactions`, body)
  }

  settle(accountId: string, transactionId: string): string {
    const path = `/accounts/${accountId}/transactions/${transactionId}/settlement`
    return this.#write('PUT', path, `{"value":${VALUE}}`)
  }

  pay(accountId: string, transactionId: string, installment: number): string {
    const invoiceId = `${transactionId}-${String(installment).padStart(2, '0')}`
    return this.#write('POST', `/accounts/${accountId}/invoices/${invoiceId}/payments`, '{}')
  }

  #write(method: string, path: string, body: string): string {
    return `${method} /api/creditcontrol${path} HTTP/1.1\r\n${this.#headers}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  }
}
