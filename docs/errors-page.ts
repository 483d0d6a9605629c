/** The error catalogue as a page; a test compares it with docs/errors.md. */
import { catalogue } from '../src/api/problems.ts'

export function errorsPage(): string {
  const lines = catalogue()
  const rows = lines.map(
    ({ code, status, name, title }) => `| ${code} | ${status} | [${name}](#${name}) | ${title} |`,
  )
  const sections = lines.map(
    ({ code, status, name, title, detail }) =>
      `## ${name}\n\n**${code}**, HTTP ${status}. ${title}.\n\n> ${detail}\n`,
  )
  return `# Errors

<!-- Written by docs/write-errors.ts from src/api/problems.ts: do not edit here. -->

Every refusal is an \`application/problem+json\` (RFC 9457) with \`type\` (an address of this server
that explains it), \`title\`, \`status\`, \`detail\` (what happened and what to do next), \`code\` (a
number that never changes), \`message\` (the same text as \`detail\`, for clients of the compatible
API) and, for bad input, \`errors\`: one entry for each fault, with a JSON \`pointer\`, where it is
(\`in\`: body, query, path or header) and a \`detail\`. Amounts that explain a refusal, such as
\`shortfall\`, are fields of their own. A refusal changes nothing.

A 429 and a 503 carry \`Retry-After\` in seconds. After 1162 repeat the request only with the same
Idempotency-Key, or read the account first.

| Code | HTTP | Name | Title |
| --- | --- | --- | --- |
${rows.join('\n')}

In the words below, names in braces stand for the facts of the case.

${sections.join('\n')}`
}
