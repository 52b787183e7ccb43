import type { Vault } from './vault';

const NAME = 'lesionlens.enrolled';

/**
 * In a browser no token is written down: what calls is in memory, what refreshes is a cookie that no script can read.
 * Kept is only that there is such a cookie, so that a server is not asked in vain.
 */
export const vault: Vault = {
  usesCookie: true,
  load: async () => {
    const server = localStorage.getItem(NAME);
    return server === null ? null : { kind: 'cookie', server };
  },
  save: async (session) => {
    if (session.kind === 'device') localStorage.setItem(NAME, session.server);
    else localStorage.removeItem(NAME);
  },
  clear: async () => localStorage.removeItem(NAME),
};
