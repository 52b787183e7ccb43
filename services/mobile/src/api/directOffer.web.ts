/** The page says where its server offers direct uploads; elsewhere every question would be an error in the console. */
export const directOffer = {
  worthAsking: (_server: string): boolean => document.querySelector('meta[name="direct-upload"]') !== null,
  refusedBy: (_server: string): void => {},
};
