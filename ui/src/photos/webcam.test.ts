import { expect, test } from 'vitest'
import { cameraTrouble, pictureName } from './webcam'

test('why the camera does not open has a sentence', () => {
  const error = (name: string) => new DOMException('', name)
  expect(cameraTrouble(error('NotAllowedError'))).toBe('refused')
  expect(cameraTrouble(error('NotReadableError'))).toBe('busy')
  expect(cameraTrouble(error('NotFoundError'))).toBe('none')
  expect(cameraTrouble('?')).toBe('none')
})

test('a picture is named by the time in China', () => {
  expect(pictureName(new Date('2026-11-25T18:03:04Z'))).toBe('CAM_20261126_020304.jpg')
})
