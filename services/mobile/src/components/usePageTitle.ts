/** The title of the window; a phone has none. */
export function usePageTitle(_title: string): void {}
