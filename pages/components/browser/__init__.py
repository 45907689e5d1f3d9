"""What the browser needs of the server: one way to declare a component, and pictures as PNG."""
