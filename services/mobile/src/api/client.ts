import createClient from 'openapi-fetch';

import { Refused } from './problems';
import type { components, paths } from './schema';
import { send } from './transport';

export type CaseBody = components['schemas']['CaseBody'];
export type CasePage = components['schemas']['CasePage'];
export type CaseState = components['schemas']['CaseState'];
export type LesionClass = components['schemas']['LesionClass'];
export type Metadata = components['schemas']['Metadata'];
export type ResultBody = components['schemas']['ResultBody'];
export type UploadForm = components['schemas']['UploadBody'];

// The client builds absolute addresses; where the server is, only the transport knows.
const NOWHERE = 'https://server.invalid';

/** Typed by openapi.json: a path, a parameter or a field that the server does not have is a type error. */
export const client = createClient<paths>({ baseUrl: NOWHERE, fetch: relay });

/** Hands a request on as plain parts: not every platform's fetch takes Request objects with all that is in them. */
async function relay(request: Request): Promise<Response> {
  const headers: Record<string, string> = {};
  request.headers.forEach((value, name) => {
    headers[name] = value;
  });
  const body = request.method === 'GET' ? undefined : (await request.text()) || undefined;
  return send(request.url.slice(NOWHERE.length), { method: request.method, headers, body, signal: request.signal });
}

type Outcome<Body> = { data?: Body; error?: unknown; response: Response };

/** The body of a good answer. Throws Refused. */
export function bodyOf<Body>({ data, error, response }: Outcome<Body>): Body {
  if (data === undefined || !response.ok) throw new Refused(response, error);
  return data;
}
