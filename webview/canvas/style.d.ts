/** Style sheets go into the bundle's own style sheet; they export nothing. */
declare module "*.css";
