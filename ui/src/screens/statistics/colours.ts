import { shallowRef, watch, type Ref } from 'vue'
import { look } from '../../look'
import { coloursOf, type Colours } from './bars'

/** The colours of the theme, as the style sheet has them: a picture is drawn anew when it changes. */
export function useColours(): Readonly<Ref<Colours>> {
  const read = () => {
    const style = getComputedStyle(document.documentElement)
    return coloursOf((name) => style.getPropertyValue(name))
  }
  const colours = shallowRef(read())
  watch(
    () => look.theme,
    () => (colours.value = read()),
    // After the window has put the theme on.
    { flush: 'post' },
  )
  return colours
}
