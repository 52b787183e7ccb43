/** What a clinic hands out: a code, and the server that knows it. */
export type Invitation = { server: string; code: string };

const CODE_LENGTH = 10;

/** Reads `lesionlens://enrol?server=<url>&code=<code>`; null for anything else. */
export function readInvitation(scanned: string): Invitation | null {
  const [, query] = /^lesionlens:\/\/enrol\/?\?(.+)$/.exec(scanned.trim()) ?? [];
  if (query === undefined) return null;
  const given = new URLSearchParams(query);
  const server = cleanServer(given.get('server') ?? '');
  const code = cleanCode(given.get('code') ?? '');
  return server && code ? { server, code } : null;
}

/** A code without what people write between its letters; null if it cannot be one. */
export function cleanCode(typed: string): string | null {
  const bare = typed.replace(/[^0-9A-Za-z]/g, '').toUpperCase();
  return bare.length === CODE_LENGTH ? `${bare.slice(0, 5)}-${bare.slice(5)}` : null;
}

/** An address without path and slash; null if it is none, or not encrypted to somewhere that is not this machine. */
export function cleanServer(typed: string): string | null {
  const [, scheme, host] = /^(https?):\/\/([\w.-]+(?::\d{1,5})?)\/?$/i.exec(typed.trim()) ?? [];
  if (scheme === undefined || host === undefined) return null;
  if (scheme.toLowerCase() === 'http' && !isOwn(host)) return null;
  return `${scheme.toLowerCase()}://${host.toLowerCase()}`;
}

/** This machine, or one in a private network (RFC 1918): where somebody tries the product out. */
function isOwn(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  if (name === 'localhost') return true;
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return false;
  return /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(name);
}
