/** A browser's scanner would load a program from another server, which our pages never do: the code is typed. */
export function Scanner(_props: { onScanned: (invitation: { server: string; code: string }) => void }) {
  return null;
}
