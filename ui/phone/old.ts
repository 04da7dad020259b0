/** What phones of 2020 lack and the page's SHA-256 asks for. Before everything else. */
if (!Reflect.has(Object, 'hasOwn')) {
  Reflect.defineProperty(Object, 'hasOwn', {
    value: (of: object, name: PropertyKey) => Object.prototype.hasOwnProperty.call(of, name),
  })
}
