import { defineConfig } from 'vite'

/** The page for phones (docs/adr/0023): three files under fixed names, for older browsers than the
 *  window's. The program answers them from `dist/phone`. */
export default defineConfig({
  root: 'phone',
  // The page lies under a token that the build does not know.
  base: './',
  build: {
    outDir: '../dist/phone',
    emptyOutDir: true,
    target: ['chrome80', 'safari13'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: { entryFileNames: 'phone.js', assetFileNames: 'phone[extname]' },
    },
  },
})
