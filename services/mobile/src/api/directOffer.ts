let refusing: string | undefined;

/** Whether it makes sense to ask a server for a direct upload: unless it said no while the app runs. */
export const directOffer = {
  worthAsking: (server: string): boolean => refusing !== server,
  refusedBy: (server: string): void => {
    refusing = server;
  },
};
