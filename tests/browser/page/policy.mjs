// The Content-Security-Policy that the server sends with the page.
export const kPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; form-action 'none'; " +
  "base-uri 'none'; frame-ancestors 'none'";
