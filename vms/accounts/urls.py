"""Addresses of signing in and out, the user's own account, and of all users for admins."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from cameras import access_views
from vms.accounts import factor_views, sign_in_views, users_views, views

urlpatterns = [
    path("login/", sign_in_views.SignInView.as_view(), name="login"),
    path("login/code/", sign_in_views.sign_in_code, name="sign_in_code"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("invitation/<slug:uidb64>/<slug:token>/", sign_in_views.InvitationView.as_view(), name="invitation"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password, name="account_password"),
    path("account/theme/", views.theme, name="account_theme"),
    path("account/second-factor/", factor_views.second_factor, name="second_factor"),
    path("account/sign-ins/", views.sign_ins, name="sign_ins"),
    path("account/sign-ins/end/", views.own_sessions_end, name="sessions_end"),
    path("account/sign-ins/<slug:handle>/end/", views.own_session_end, name="session_end"),
    path("account/tokens/", views.own_token_make, name="token_make"),
    path("account/tokens/<int:token_id>/end/", views.own_token_end, name="token_end"),
    path("users/", users_views.user_list, name="user_list"),
    path("users/new/", users_views.user_new, name="user_new"),
    path("users/roles/", users_views.user_roles, name="user_roles"),
    path("users/access/", access_views.access_all, name="user_access"),
    path("users/<int:pk>/", users_views.user_detail, name="user_detail"),
    path("users/<int:pk>/access/", access_views.access_person, name="user_access_person"),
    path("users/<int:pk>/link/", users_views.user_link, name="user_link"),
    path("users/<int:pk>/sessions/end/", users_views.user_sessions_end, name="user_sessions_end"),
    path("users/<int:pk>/sessions/<slug:handle>/end/", users_views.user_session_end, name="user_session_end"),
    path("users/<int:pk>/tokens/<int:token_id>/end/", users_views.user_token_end, name="user_token_end"),
    path("users/<int:pk>/second-factor/reset/", users_views.user_factor_reset, name="user_factor_reset"),
]
