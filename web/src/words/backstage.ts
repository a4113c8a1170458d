/** Words of the board behind the scene, in both languages. */

export const backstageDa = {
  title: "Bag scenen",
};

export const backstageEn: typeof backstageDa = {
  title: "Backstage",
};
