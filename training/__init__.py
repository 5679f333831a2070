"""Scripts that train, export and evaluate models. They use the package `stance`; it never uses them."""
