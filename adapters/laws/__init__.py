"""What a fold keeps, as code: the laws, their checker, and the readers that they are judged by. Knows no files."""
