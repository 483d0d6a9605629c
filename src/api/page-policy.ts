/** What our pages may do: they load from here alone, and run no inline script. */

/** TLS is the operator's proxy. */
export const PAGE_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    baseUri: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    scriptSrcAttr: ["'none'"],
    frameAncestors: ["'none'"],
  },
}
