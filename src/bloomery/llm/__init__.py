"""Model calls: any model by name, asked through one function that never loses or misreads an answer."""
