import { bodyOf, client } from './client';
import { NoAnswer } from './problems';
import { sendOk } from './transport';

/**
 * Has everything of this device's person erased. The server goes on by itself with what takes longer, and signs the
 * person's devices out at once. Throws Refused, NoAnswer, SignedOut.
 */
export async function eraseSubject(subjectRef: string): Promise<void> {
  bodyOf(await client.DELETE('/v1/subjects/{subject_ref}', { params: { path: { subject_ref: subjectRef } } }));
}

/** Everything of this device's person, as a zip file. Throws Refused, NoAnswer (also halfway), SignedOut. */
export async function exportSubject(subjectRef: string): Promise<ArrayBuffer> {
  const answer = await sendOk(`/v1/subjects/${encodeURIComponent(subjectRef)}/export`);
  return answer.arrayBuffer().catch((error: unknown) => {
    throw new NoAnswer(String(error));
  });
}
