/** The languages of the Admin: which there are, which one the reader wants, and its messages. */
import type { Messages } from '../messages/en.ts'

export const LANGUAGES = ['pt-BR', 'es', 'en'] as const

export type Language = (typeof LANGUAGES)[number]

/** Each language by its own name: that is how its readers find it. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  'pt-BR': 'Português (Brasil)',
  es: 'Español',
  en: 'English',
}

const STORAGE_KEY = 'fiado.language'

const LOADERS: Readonly<Record<Language, () => Promise<Messages>>> = {
  'pt-BR': async () => (await import('../messages/pt-BR.ts')).ptBR,
  es: async () => (await import('../messages/es.ts')).es,
  en: async () => (await import('../messages/en.ts')).en,
}

/** The messages of a language: only the one that is read is fetched. */
export function loadMessages(language: Language): Promise<Messages> {
  return LOADERS[language]()
}

/** What the reader chose here before, else the first of the browser's languages that we have. */
export function preferredLanguage(): Language {
  const kept = stored()
  if (kept) return kept
  return navigator.languages.map(languageOf).find((language) => language !== undefined) ?? 'en'
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(STORAGE_KEY, language)
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
}

/** How numbers and dates are written: the reader's own region where it speaks the language. */
export function formatLocaleOf(language: Language): string {
  return navigator.languages.find((locale) => languageOf(locale) === language) ?? language
}

function languageOf(locale: string): Language | undefined {
  const [base] = locale.toLowerCase().split('-')
  return LANGUAGES.find((language) => language.toLowerCase().split('-')[0] === base)
}

function stored(): Language | undefined {
  try {
    const kept = localStorage.getItem(STORAGE_KEY)
    return LANGUAGES.find((language) => language === kept)
  } catch {
    return undefined
  }
}
