/**
 * Words as people type them: the names of columns and of states are looked up without case,
 * accents and punctuation, since every spreadsheet and every hand writes them a little differently.
 */

const ACCENTS = /\p{M}/gu
const GAPS = /[\s_-]+/gu

/** The form in which words are compared: `Data_de-VENCIMENTO ` is `data de vencimento`. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(ACCENTS, '').replace(GAPS, ' ').trim().toLowerCase()
}
