"""Documents as OFD (GB/T 33190-2016): written from the page that the PDF has too, sealed with SM2 (GB/T 38540-2020).

Import `sealing.OfdIssuer` and `verifying.verify_ofd`: verifying needs none of what writing needs.
"""
