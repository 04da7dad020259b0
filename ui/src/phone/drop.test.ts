import { expect, test } from 'vitest'
import type { PhoneDropView } from '../bindings/PhoneDropView'
import en from '../locales/en.json'
import zh from '../locales/zh-CN.json'
import { links, minutesLeft, percent, skewMinutes, troubles } from './drop'

const wireless = { ip: '192.168.0.7', name: 'WLAN', link: 'wireless' as const }
const cable = { ip: '192.168.1.20', name: '以太网', link: 'wired' as const }
const loopback = { ip: '127.0.0.1', name: 'lo', link: 'loopback' as const }

function view(changed: Partial<PhoneDropView> = {}): PhoneDropView {
  return {
    url: 'http://192.168.0.7:8724/token/',
    qr: { side: 33, path: '' },
    address: wireless.ip,
    port: 8724,
    addresses: [wireless],
    system: 'linux',
    site: '示范站',
    title: null,
    seconds_left: 1_790,
    seconds_open: 25,
    phones: [],
    photos: [],
    saved: 0,
    coming: 0,
    ...changed,
  }
}

test('who waits is told nothing, who waits long is told what to try', () => {
  expect(troubles(view({ seconds_open: 24 }))).toEqual([])
  expect(troubles(view())).toEqual(['network', 'linux', 'isolated'])
  expect(troubles(view({ system: 'windows' }))).toContain('windows')
  expect(troubles(view({ addresses: [wireless, cable] }))[1]).toBe('address')
})

test('a laptop in no network is told at once, and nothing once a phone has come', () => {
  expect(troubles(view({ addresses: [loopback], seconds_open: 0 }))).toEqual(['offline'])
  const phone = { ip: '192.168.0.9', skew_s: 0, saved: 0, coming: 0 }
  expect(troubles(view({ addresses: [loopback], phones: [phone] }))).toEqual([])
})

test('each kind of network and each trouble has its words', () => {
  for (const words of [zh.phone, en.phone]) {
    expect(Object.keys(words.link).sort()).toEqual([...links].sort())
    for (const system of ['windows', 'macos', 'linux']) {
      const told = troubles(view({ system, addresses: [wireless, cable] }))
      expect(told.every((one) => one in words.trouble)).toBe(true)
    }
  }
})

test('time left is rounded up, small differences of clocks are none', () => {
  expect(minutesLeft(view())).toBe(30)
  expect(skewMinutes(119)).toBe(0)
  expect(skewMinutes(-600)).toBe(-10)
})

test('a photo is at 100 % when all of it is here', () => {
  const photo = { name: '', phone: 1, bytes: 3, offset: 2, saved: false, refused: null }
  expect(percent(photo)).toBe(66)
  expect(percent({ ...photo, bytes: 0 })).toBe(0)
})
