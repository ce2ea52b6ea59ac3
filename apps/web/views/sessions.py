"""Signing in and out."""

from django.contrib.auth import views

sign_in = views.LoginView.as_view(redirect_authenticated_user=True)
sign_out = views.LogoutView.as_view()
