import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { api } from './api'
import App from './App.vue'
import { i18n, language, recallLanguage } from './i18n'
import { recallLook } from './look'
import { listenToChanges, queryClient } from './query'
import { router } from './router'
import './styles/element.css'
import './styles/base.css'
import './styles/controls.css'

document.documentElement.lang = language()
listenToChanges()

void recallLanguage()
void recallLook()

createApp(App).use(VueQueryPlugin, { queryClient }).use(i18n).use(router).mount('#app')

// Whoever started the program may be waiting for the first screen.
router
  .isReady()
  .then(() => api.interfaceReady(router.currentRoute.value.fullPath))
  .catch(() => undefined)
