import type { CaseBody } from '@/api/client';

/** Photos of one spot, newest first. `ref` is null for a photo that belongs to none. */
export type Group = { key: string; ref: string | null; site: string | null; newest: CaseBody; cases: CaseBody[] };

/** Brings the photos of each spot together; the spot with the newest photo comes first. */
export function groupsOf(cases: CaseBody[]): Group[] {
  const groups = new Map<string, Group>();
  for (const body of cases) {
    const key = body.lesion_ref ?? body.id;
    const group = groups.get(key);
    if (group) {
      group.cases.push(body);
      group.site ??= body.body_site;
    } else {
      groups.set(key, { key, ref: body.lesion_ref, site: body.body_site, newest: body, cases: [body] });
    }
  }
  return [...groups.values()];
}
