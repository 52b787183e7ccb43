/** The bytes of a base64 text. Browsers and Hermes both have `atob`. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

/** The bytes and the media type of a `data:` address, as browsers' cameras give photos. Throws RangeError. */
export function bytesOfDataUri(uri: string): { bytes: Uint8Array<ArrayBuffer>; type: string } {
  const [, type, body] = /^data:([\w.+-]+\/[\w.+-]+);base64,(.*)$/s.exec(uri) ?? [];
  if (type === undefined || body === undefined) throw new RangeError('not a data address');
  return { bytes: bytesOfBase64(body), type };
}
