/** A search field: what is typed counts a moment later, Enter at once. `/` leads here. */
import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useText } from '../i18n/use-text.ts'
import { useShortcut } from '../shell/shortcuts.tsx'

const WAIT_MS = 350

interface SearchBoxProps {
  readonly label: string
  readonly value: string
  readonly onSearch: (text: string) => void
}

export function SearchBox({ label, value, onSearch }: SearchBoxProps) {
  const t = useText()
  const [text, setText] = useState(value)
  const input = useRef<HTMLInputElement>(null)
  const sent = useRef(value)
  const send = (next: string): void => {
    if (next.trim() === sent.current) return
    sent.current = next.trim()
    onSearch(sent.current)
  }
  const sendLater = useDebouncedCallback(send, WAIT_MS)
  useShortcut('/', t('shortcut.search'), () => input.current?.focus())

  // The address changed by itself: back, or a link.
  useEffect(() => {
    if (value === sent.current) return
    sent.current = value
    setText(value)
  }, [value])

  const change = (next: string): void => {
    setText(next)
    sendLater(next)
  }
  const onKeyDown = ({ key }: KeyboardEvent): void => {
    if (key === 'Enter') send(text)
    if (key === 'Escape') change('')
  }
  const clear = <CloseButton size="sm" aria-label={t('action.clear')} onClick={() => change('')} />
  return (
    <TextInput
      ref={input}
      size="xs"
      type="text"
      role="searchbox"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden="true" />}
      rightSection={text !== '' ? clear : null}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      // Who goes on to a row goes there: a search that counted later would lead back to the list.
      onBlur={() => send(text)}
    />
  )
}
