/** Keyboard shortcuts: pages register theirs, `?` lists them all, and they can be turned off. */
import { Button, Group, Kbd, Modal, Stack, Switch, Table, Text } from '@mantine/core'
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useText } from '../i18n/use-text.ts'

interface Shortcut {
  /** One key, or two after each other: `g c`. */
  readonly keys: string
  readonly label: string
  readonly run: () => void
}

interface Shortcuts {
  readonly add: (shortcut: Shortcut) => () => void
  readonly showHelp: () => void
}

const ShortcutsContext = createContext<Shortcuts | undefined>(undefined)

const STORAGE_KEY = 'fiado.shortcuts'
const SECOND_KEY_WITHIN_MS = 1_200

export function useShortcuts(): Shortcuts {
  const shortcuts = useContext(ShortcutsContext)
  if (!shortcuts) throw new Error('There is no ShortcutsProvider')
  return shortcuts
}

/** Runs `run` at these keys for as long as the component is shown. */
export function useShortcut(keys: string, label: string, run: () => void): void {
  const { add } = useShortcuts()
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => add({ keys, label, run: () => latest.current() }), [add, keys, label])
}

export function ShortcutsProvider({ children }: { children: ReactNode }) {
  const t = useText()
  const [isHelpShown, setHelpShown] = useState(false)
  const [isOn, setOn] = useState(readIsOn)
  const known = useRef(new Set<Shortcut>())
  const shortcuts = useMemo(
    () => ({
      add: (shortcut: Shortcut) => {
        known.current.add(shortcut)
        return () => {
          known.current.delete(shortcut)
        }
      },
      showHelp: () => setHelpShown(true),
    }),
    [],
  )
  const helpLabel = t('shortcut.help')
  useEffect(
    () => shortcuts.add({ keys: '?', label: helpLabel, run: shortcuts.showHelp }),
    [shortcuts, helpLabel],
  )
  useEffect(() => (isOn ? listen(known.current) : undefined), [isOn])

  const turn = (on: boolean): void => {
    setOn(on)
    keepIsOn(on)
  }
  return (
    <ShortcutsContext value={shortcuts}>
      {children}
      <Modal
        opened={isHelpShown}
        onClose={() => setHelpShown(false)}
        title={t('shortcut.title')}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <Stack>
          <ShortcutList shortcuts={[...known.current]} />
          <Switch
            label={t('shortcut.on')}
            checked={isOn}
            onChange={(event) => turn(event.currentTarget.checked)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setHelpShown(false)}>
              {t('action.close')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </ShortcutsContext>
  )
}

function ShortcutList({ shortcuts }: { shortcuts: readonly Shortcut[] }) {
  return (
    <Table verticalSpacing={6}>
      <Table.Tbody>
        {shortcuts.map(({ keys, label }) => (
          <Table.Tr key={keys}>
            <Table.Th scope="row" w="6rem">
              <Group gap={4} wrap="nowrap">
                {keys.split(' ').map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </Group>
            </Table.Th>
            <Table.Td>
              <Text size="sm">{label}</Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** Listens to the page; answers how to stop. */
function listen(known: ReadonlySet<Shortcut>): () => void {
  let first = { key: '', at: 0 }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    const isSecond = event.timeStamp - first.at < SECOND_KEY_WITHIN_MS
    const wanted = isSecond ? [`${first.key} ${event.key}`, event.key] : [event.key]
    first = { key: event.key, at: event.timeStamp }
    const found = wanted
      .map((keys) => [...known].find((shortcut) => shortcut.keys === keys))
      .find((shortcut) => shortcut !== undefined)
    if (!found) return
    event.preventDefault()
    found.run()
  }
  document.addEventListener('keydown', onKeyDown)
  return () => document.removeEventListener('keydown', onKeyDown)
}

/** In a field the keys are text, and in a dialog they are the dialog's. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable || target.closest('input, textarea, select, [role="dialog"]') !== null
  )
}

function readIsOn(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== 'off'
  } catch {
    return true
  }
}

function keepIsOn(isOn: boolean): void {
  try {
    localStorage.setItem(STORAGE_KEY, isOn ? 'on' : 'off')
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
}
