/** Documents as people write them. */

/** `111.444.777-35`, `12.ABC.345/01DE-35`; any other as it is. */
export function formatDocument(document: string, documentType: string): string {
  const type = documentType.toUpperCase()
  if (type === 'CPF' && document.length === 11) {
    return document.replace(/^(.{3})(.{3})(.{3})(.{2})$/, '$1.$2.$3-$4')
  }
  if (type === 'CNPJ' && document.length === 14) {
    return document.replace(/^(.{2})(.{3})(.{3})(.{4})(.{2})$/, '$1.$2.$3/$4-$5')
  }
  return document
}
