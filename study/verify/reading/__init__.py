"""What graders hand in to be checked: tables, PDFs, pictures and word lists, read with bounds."""
