import { bodyOf, client, type CaseBody, type Metadata, type UploadForm } from './client';
import { directOffer } from './directOffer';
import { imagePart } from './imagePart';
import type { PhotoFile } from './photoFile';
import { NoAnswer, Refused } from './problems';
import { currentAccess, postForm, sendOk } from './transport';
import type { PhotoType } from '@/lib/photoType';

/**
 * How a photo goes to the server. The server takes a repeated submission for the same one only if it names the same
 * bytes or the same upload, so the way is chosen once, before the first try, and kept.
 */
export type Way = { kind: 'multipart' } | { kind: 'direct'; uploadId: string };

export type Submission = { key: string; photo: PhotoFile; type: PhotoType; metadata: Metadata };

/** Sends the photo straight to the store where that is offered and works; says which way it is to be submitted. */
export async function chooseWay({ photo, type }: Submission, signal?: AbortSignal): Promise<Way> {
  const form = await directForm(type, signal);
  if (!form) return { kind: 'multipart' };
  const parts = new FormData();
  Object.entries(form.fields).forEach(([name, value]) => parts.append(name, value));
  parts.append('file', imagePart(photo));
  try {
    const answer = await postForm(form.url, parts, signal);
    return answer.ok ? { kind: 'direct', uploadId: form.upload_id } : { kind: 'multipart' };
  } catch (error) {
    // A network that does not reach the store may well reach the server.
    if (error instanceof NoAnswer) return { kind: 'multipart' };
    throw error;
  }
}

/** Submits the photo and returns its case, accepted. May be repeated. Throws Refused, NoAnswer, SignedOut. */
export async function submit(submission: Submission, way: Way, signal?: AbortSignal): Promise<CaseBody> {
  const headers = { 'Idempotency-Key': submission.key };
  if (way.kind === 'direct') {
    const body = JSON.stringify({ ...submission.metadata, upload_id: way.uploadId });
    const init = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body, signal };
    return accepted(await sendOk('/v1/cases', init));
  }
  const form = new FormData();
  form.append('image', imagePart(submission.photo));
  form.append('metadata', JSON.stringify(submission.metadata));
  return accepted(await sendOk('/v1/cases', { method: 'POST', headers, body: form, signal }));
}

async function directForm(type: PhotoType, signal?: AbortSignal): Promise<UploadForm | null> {
  const server = currentAccess()?.server ?? '';
  if (!directOffer.worthAsking(server)) return null;
  try {
    return bodyOf(await client.POST('/v1/uploads', { body: { media_type: type }, signal }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === 'direct_upload_off') directOffer.refusedBy(server);
    return null;
  }
}

async function accepted(answer: Response): Promise<CaseBody> {
  return (await answer.json()) as CaseBody;
}
